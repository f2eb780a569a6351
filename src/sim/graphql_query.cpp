#include "sim/graphql_query.h"

#include <cctype>
#include <utility>

#include "sim/number.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// A token is a name or number, a text with its quotes, or one other character; empty at the end.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) { next(); }

  std::string_view token() const { return token_; }
  bool at(std::string_view token) const { return token_ == token; }
  bool skip(std::string_view token) {
    if (!at(token)) return false;
    next();
    return true;
  }
  bool at_name() const { return !token_.empty() && is_name(token_.front()); }
  std::string_view take() {
    const std::string_view token = token_;
    next();
    return token;
  }
  // From an opening bracket to behind the closing one that belongs to it. False when there is none.
  bool skip_group(std::string_view open, std::string_view close) {
    int depth = 0;
    while (!token_.empty()) {
      if (at(open)) ++depth;
      if (at(close)) --depth;
      next();
      if (depth == 0) return true;
    }
    return false;
  }

 private:
  void next() {
    skip_space();
    std::size_t size = rest_.empty() ? 0 : 1;
    if (!rest_.empty() && rest_.front() == '"') {
      while (size < rest_.size() && rest_[size] != '"') size += rest_[size] == '\\' ? 2 : 1;
      size = size < rest_.size() ? size + 1 : rest_.size();
    } else if (!rest_.empty() && (is_name(rest_.front()) || rest_.front() == '-')) {
      while (size < rest_.size() && (is_name(rest_[size]) || rest_[size] == '.')) ++size;
    }
    token_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  void skip_space() {
    while (!rest_.empty()) {
      if (rest_.front() == '#') {
        const std::size_t line = rest_.find('\n');
        rest_.remove_prefix(line == std::string_view::npos ? rest_.size() : line);
      } else if (rest_.front() == ',' || std::isspace(static_cast<unsigned char>(rest_.front())) != 0) {
        rest_.remove_prefix(1);
      } else {
        return;
      }
    }
  }

  std::string_view rest_;
  std::string_view token_;
};

std::optional<Json> read_value(Lexer& lexer, const Json& variables) {
  if (lexer.skip("$")) {
    const std::string name(lexer.take());
    const auto found = variables.find(name);
    return found == variables.end() ? Json() : *found;
  }
  const std::string_view token = lexer.take();
  if (token.empty() || token == ")" || token == "[" || token == "{") return std::nullopt;  // lists: not needed here
  if (token.front() == '"') {
    Json text = Json::parse(token, nullptr, /*allow_exceptions=*/false);
    if (text.is_discarded()) return std::nullopt;
    return text;
  }
  if (token == "true" || token == "false") return Json(token == "true");
  if (token == "null") return Json();
  if (const auto number = parse_number(token)) return Json(*number);
  return Json(std::string(token));  // an enumerator
}

bool read_arguments(Lexer& lexer, const Json& variables, Json& arguments) {
  while (!lexer.skip(")")) {
    if (!lexer.at_name()) return false;
    const std::string name(lexer.take());
    if (!lexer.skip(":")) return false;
    auto value = read_value(lexer, variables);
    if (!value) return false;
    arguments[name] = std::move(*value);
  }
  return true;
}

bool read_field(Lexer& lexer, const Json& variables, RootField& field) {
  if (!lexer.at_name()) return false;
  field.alias = field.name = std::string(lexer.take());
  if (lexer.skip(":")) {
    if (!lexer.at_name()) return false;
    field.name = std::string(lexer.take());
  }
  field.arguments = Json::object();
  if (lexer.skip("(") && !read_arguments(lexer, variables, field.arguments)) return false;
  return !lexer.at("{") || lexer.skip_group("{", "}");
}

}  // namespace

std::optional<std::vector<RootField>> read_query(std::string_view query, const Json& variables) {
  Lexer lexer(query);
  if (lexer.skip("query")) {
    if (lexer.at_name()) lexer.take();
    if (lexer.at("(") && !lexer.skip_group("(", ")")) return std::nullopt;
  }
  if (!lexer.skip("{")) return std::nullopt;
  std::vector<RootField> fields;
  while (!lexer.skip("}")) {
    RootField field;
    if (!read_field(lexer, variables, field)) return std::nullopt;
    fields.push_back(std::move(field));
  }
  if (fields.empty()) return std::nullopt;
  return fields;
}

}  // namespace fas::sim
