#include "metrics/json_value.h"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

using Json = nlohmann::json;

// The index that a token means in an array (RFC 6901, section 4): digits without a leading zero.
std::optional<std::size_t> array_index(std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size()) return std::nullopt;
  if (token.size() > 1 && token.front() == '0') return std::nullopt;
  return index;
}

// Follows the tokens through the events of the parser. Of the containers open at a time, `path_` holds those that the
// tokens lead through; the i-th is searched for the i-th token. Of equal keys the last one counts.
class PointerReader final : public nlohmann::json_sax<Json> {
 public:
  explicit PointerReader(const std::vector<std::string>& tokens) : tokens_(tokens) {}

  std::optional<double> value() const { return value_; }
  std::string_view wrong_type() const { return wrong_type_; }  // empty: none
  const std::string& syntax_error() const { return syntax_error_; }

  bool null() override { return scalar(std::nullopt); }
  bool boolean(bool value) override { return scalar(value ? 1.0 : 0.0); }
  bool number_integer(number_integer_t value) override { return scalar(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return scalar(value); }
  bool binary(binary_t& /*value*/) override { return false; }  // is not in JSON text
  bool string(string_t& text) override {
    if (!begin_value() || !at_end()) return true;
    const ParsedNumber<double> number = parse_float(trim(text));
    number ? set(number.value) : set(std::nullopt, "a text that is no number");
    return true;
  }

  bool start_object(std::size_t /*size*/) override { return enter(std::nullopt, "an object"); }
  bool start_array(std::size_t /*size*/) override { return enter(0, "an array"); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (depth_ == path_.size()) path_.back().key_matches = name == tokens_[depth_ - 1];
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    syntax_error_ =
        fmt::format("{} at byte {}", error.id == kNumberOverflow ? "a number out of range" : "syntax error", position);
    return false;
  }

 private:
  struct Container {
    std::optional<std::size_t> next_index;  // of an array
    bool key_matches = false;               // of an object: its last key is the token
  };

  // Do the first tokens, one for each container of the path, lead to the value that begins now?
  bool begin_value() {
    if (depth_ != path_.size()) return false;
    if (depth_ == 0) return true;
    Container& container = path_.back();
    if (!container.next_index) return container.key_matches;
    return array_index(tokens_[depth_ - 1]) == (*container.next_index)++;
  }

  bool at_end() const { return path_.size() == tokens_.size(); }

  void set(std::optional<double> value, std::string_view wrong_type = "") {
    value_ = value;
    wrong_type_ = wrong_type;
  }

  bool scalar(std::optional<double> value) {
    if (begin_value() && at_end()) set(value);
    return true;
  }

  bool enter(std::optional<std::size_t> first_index, std::string_view type) {
    if (begin_value()) {
      if (at_end()) {
        set(std::nullopt, type);
      } else {
        path_.push_back({.next_index = first_index});
      }
    }
    ++depth_;
    return true;
  }

  bool leave() {
    if (path_.size() == depth_) path_.pop_back();
    --depth_;
    return true;
  }

  const std::vector<std::string>& tokens_;
  std::size_t depth_ = 0;  // of open containers
  std::vector<Container> path_;
  std::optional<double> value_;
  std::string_view wrong_type_;
  std::string syntax_error_;
};

}  // namespace

Result<std::vector<std::string>> parse_json_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() != '/') {
    return fail(ErrorKind::kInvalid, "a JSON pointer begins with a slash, as in /data/depth");
  }
  for (const std::string_view part : split(pointer.substr(1), '/')) {
    std::string& token = tokens.emplace_back();
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] != '~') {
        token += part[i];
        continue;
      }
      const char escaped = ++i < part.size() ? part[i] : '\0';
      if (escaped != '0' && escaped != '1') {
        return fail(ErrorKind::kInvalid, "in a JSON pointer ~ is written ~0, and a slash within a name ~1");
      }
      token += escaped == '0' ? '~' : '/';
    }
  }
  return tokens;
}

Result<std::optional<double>> read_json_number(std::string_view text, const std::vector<std::string>& tokens) {
  PointerReader reader(tokens);
  if (!Json::sax_parse(text, &reader)) {
    return fail(ErrorKind::kMalformed,
                fmt::format("the reply is not JSON ({}): {}", reader.syntax_error(), excerpt(text)));
  }
  if (!reader.wrong_type().empty()) {
    return fail(ErrorKind::kMalformed, fmt::format("the value is {}", reader.wrong_type()));
  }
  return reader.value();
}

}  // namespace fas::metrics
