#include <vector>

#include <fmt/core.h>

#include "base/number_text.h"
#include "expr/builtin.h"
#include "expr/json_text.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

constexpr int kDeepest = 1'000;
constexpr char32_t kReplacement = 0xFFFD;

class Reader {
 public:
  Reader(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  Value read() {
    const auto value = read_value(0);
    skip_space();
    if (!done()) fail_here("after top-level value");
    return value;
  }

 private:
  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool peek_digit() const { return peek() >= '0' && peek() <= '9'; }

  void skip_space() {
    while (!done() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }

  [[noreturn]] void fail_here(std::string_view where) const {
    if (done()) fail_run("unexpected end of JSON input");
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (c < 0x20 || c >= 0x7F) fail_run(fmt::format("invalid character '\\x{:02x}' {}", c, where));
    fail_run(fmt::format("invalid character '{}' {}", text_[at_], where));
  }

  Value read_value(int depth) {
    skip_space();
    switch (peek()) {
      case '{': return read_object(depth);
      case '[': return read_array(depth);
      case '"': return Value::string(read_text());
      case 't': return read_word("true", Value::boolean(true));
      case 'f': return read_word("false", Value::boolean(false));
      case 'n': return read_word("null", Value::nil());
      default: break;
    }
    if (peek() != '-' && !peek_digit()) fail_here("looking for beginning of value");
    return read_number();
  }

  Value read_word(std::string_view word, Value value) {
    for (const char c : word) {
      if (peek() != c || done()) fail_here(fmt::format("in literal {} (expecting '{}')", word, c));
      ++at_;
    }
    return value;
  }

  void skip_digits(std::string_view where) {
    if (!peek_digit()) fail_here(where);
    while (peek_digit()) ++at_;
  }

  Value read_number() {
    const auto begin = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else {
      skip_digits("in numeric literal");
    }
    if (peek() == '.') {
      ++at_;
      skip_digits("after decimal point in numeric literal");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      skip_digits("in exponent of numeric literal");
    }
    const auto digits = text_.substr(begin, at_ - begin);
    const auto number = parse_float(digits);
    if (!number) fail_run(fmt::format("json: the number {} is beyond what a float can hold", digits));
    return Value::number(number.value);
  }

  char32_t read_hex() {
    char32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) fail_here("in \\u hexadecimal character escape");
      code = code * 16 + static_cast<char32_t>(digit);
    }
    return code;
  }

  // Two halves of a pair make one code point; a half alone stands for nothing.
  void read_unicode_escape(std::string& out) {
    const auto first = read_hex();
    if (first < 0xD800 || first > 0xDFFF) return append_rune(out, first);
    if (first < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      const auto back = at_;
      at_ += 2;
      const auto second = read_hex();
      if (second >= 0xDC00 && second <= 0xDFFF) {
        return append_rune(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
      }
      at_ = back;  // it stands for itself
    }
    append_rune(out, kReplacement);
  }

  void read_escape(std::string& out) {
    const char c = peek();
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (c == 'u') {
      ++at_;
      return read_unicode_escape(out);
    }
    const auto which = kNames.find(c);
    if (done() || which == std::string_view::npos) fail_here("in string escape code");
    ++at_;
    out += kMeanings[which];
  }

  std::string_view read_text() {
    ++at_;
    std::string out;
    for (;;) {
      if (done()) fail_here("");
      const auto c = static_cast<unsigned char>(peek());
      if (c == '"') break;
      if (c < 0x20) fail_here("in string literal");
      if (c == '\\') {
        ++at_;
        read_escape(out);
      } else {
        const auto rune = decode_rune(text_.substr(at_));
        append_rune(out, rune.code);
        at_ += rune.size;
      }
    }
    ++at_;
    return arena_.copy(out);
  }

  static void expect_depth(int depth) {
    if (depth >= kDeepest) fail_run(fmt::format("json: the text is nested deeper than {} levels", kDeepest));
  }

  // What is gathered outside the arena must fit into it at the end.
  void expect_room(std::size_t values) const {
    if (values * sizeof(Value) > arena_.room()) fail_run("memory budget exceeded");
  }

  Value read_array(int depth) {
    expect_depth(depth);
    ++at_;
    std::vector<Value> elements;
    skip_space();
    if (peek() == ']') {
      ++at_;
      return Value::array({});
    }
    for (;;) {
      elements.push_back(read_value(depth + 1));
      expect_room(elements.size());
      skip_space();
      if (peek() == ']') break;
      if (peek() != ',') fail_here("after array element");
      ++at_;
    }
    ++at_;
    return Value::array(arena_.copy(elements));
  }

  Value read_object(int depth) {
    expect_depth(depth);
    ++at_;
    MapBuilder map(arena_);
    skip_space();
    if (peek() == '}') {
      ++at_;
      return map.finish();
    }
    for (;;) {
      skip_space();
      if (peek() != '"') fail_here("looking for beginning of object key string");
      const auto key = read_text();
      skip_space();
      if (peek() != ':') fail_here("after object key");
      ++at_;
      map.set(key, read_value(depth + 1));
      skip_space();
      if (peek() == '}') break;
      if (peek() != ',') fail_here("after object key:value pair");
      ++at_;
    }
    ++at_;
    return map.finish();
  }

  std::string_view text_;
  Arena& arena_;
  std::size_t at_ = 0;
};

}  // namespace

Value read_json(std::string_view text, Arena& arena) { return Reader(text, arena).read(); }

}  // namespace fas::expr
