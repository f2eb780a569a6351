// Base64 and the functions on the bits of an int.
#include <array>

#include <fmt/core.h>

#include "expr/arguments.h"
#include "expr/builtin.h"

namespace fas::expr {
namespace {

using Arguments = std::span<const Value>;

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 64;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 64; ++i) digits[static_cast<unsigned char>(kAlphabet[i])] = i;
  return digits;
}
constexpr auto kDigits = make_digits();

Value to_base64(Context& context, Arguments arguments) {
  if (!arguments[0].is_string() && !arguments[0].is(Kind::kBytes)) fail_argument(arguments[0], "string", "toBase64");
  const auto text = arguments[0].as_text();
  const auto out = context.arena.array<char>((text.size() + 2) / 3 * 4);
  std::size_t to = 0;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
    };
    const auto group = byte(0) << 16 | byte(1) << 8 | byte(2);
    const auto digit = [&](int shift) { return kAlphabet[group >> shift & 63]; };
    out[to++] = digit(18);
    out[to++] = digit(12);
    out[to++] = at + 1 < text.size() ? digit(6) : '=';
    out[to++] = at + 2 < text.size() ? digit(0) : '=';
  }
  return Value::string({out.data(), out.size()});
}

// Line ends within the text are passed over, as Go does; the padding must be there.
class Base64Reader {
 public:
  explicit Base64Reader(std::string_view text) : text_(text) { skip_line_ends(); }

  bool done() const { return at_ == text_.size(); }

  // Reads four digits, or fewer and their padding, and writes up to three bytes; returns how many.
  std::size_t read_group(char* out) {
    const auto begin = at_;
    std::uint32_t group = 0;
    int digits = 0;
    for (; digits < 4; ++digits) {
      if (done()) fail(begin);  // where Go puts a text that ends too early
      const auto digit = kDigits[static_cast<unsigned char>(text_[at_])];
      if (digit == kNoDigit) break;
      group = group << 6 | digit;
      next();
    }
    if (digits < 4) read_padding(digits);
    group <<= 6 * (4 - digits);
    const auto count = static_cast<std::size_t>(digits < 4 ? digits - 1 : 3);
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<char>(group >> (16 - 8 * i) & 0xFF);
    return count;
  }

 private:
  void read_padding(int digits) {
    if (digits < 2 || text_[at_] != '=') fail(at_);
    next();
    if (digits == 2) {
      if (done() || text_[at_] != '=') fail(done() ? text_.size() : at_);
      next();
    }
    if (!done()) fail(at_);
  }

  void next() {
    ++at_;
    skip_line_ends();
  }
  void skip_line_ends() {
    while (!done() && (text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  [[noreturn]] static void fail(std::size_t at) { fail_run(fmt::format("illegal base64 data at input byte {}", at)); }

  std::string_view text_;
  std::size_t at_ = 0;
};

Value from_base64(Context& context, Arguments arguments) {
  const auto text = text_argument(arguments, 0, "fromBase64");
  const auto out = context.arena.array<char>(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  for (Base64Reader reader(text); !reader.done();) size += reader.read_group(out.data() + size);
  return Value::string({out.data(), size});
}

template <class Operation>
Value bits(Arguments arguments, std::string_view function, Operation operation) {
  const auto a = int_argument(arguments, 0, function);
  return Value::integer(operation(a, int_argument(arguments, 1, function)));
}

Value bit_and(Context&, Arguments arguments) {
  return bits(arguments, "bitand", [](auto a, auto b) { return a & b; });
}
Value bit_or(Context&, Arguments arguments) {
  return bits(arguments, "bitor", [](auto a, auto b) { return a | b; });
}
Value bit_xor(Context&, Arguments arguments) {
  return bits(arguments, "bitxor", [](auto a, auto b) { return a ^ b; });
}
Value bit_nand(Context&, Arguments arguments) {  // Go's &^: the bits of a that b has not
  return bits(arguments, "bitnand", [](auto a, auto b) { return a & ~b; });
}
Value bit_not(Context&, Arguments arguments) { return Value::integer(~int_argument(arguments, 0, "bitnot")); }

// Bits move out at either end; a shift by 64 or more leaves only what moved in.
template <class Operation>
Value shift(Arguments arguments, std::string_view function, Operation operation) {
  return bits(arguments, function, [&](std::int64_t value, std::int64_t count) {
    if (count < 0) fail_run(fmt::format("invalid operation: negative shift count {} (type int)", count));
    return operation(value, count);
  });
}

Value bit_shl(Context&, Arguments arguments) {
  return shift(arguments, "bitshl", [](std::int64_t value, std::int64_t count) {
    return count > 63 ? 0 : static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << count);
  });
}
Value bit_shr(Context&, Arguments arguments) {
  return shift(arguments, "bitshr",
               [](std::int64_t value, std::int64_t count) { return value >> (count > 63 ? 63 : count); });
}
Value bit_ushr(Context&, Arguments arguments) {
  return shift(arguments, "bitushr", [](std::int64_t value, std::int64_t count) {
    return count > 63 ? 0 : static_cast<std::int64_t>(static_cast<std::uint64_t>(value) >> count);
  });
}

constexpr Type kInt = TypeKind::kInt;
constexpr Type kText = TypeKind::kString;
constexpr std::array kTwoInts{Signature{{kInt, kInt}, 2, kInt}};
constexpr std::array kOneInt{Signature{{kInt}, 1, kInt}};
constexpr std::array kTextToText{Signature{{kText}, 1, kText}};

}  // namespace

std::span<const Builtin> encoding_builtins() {
  static const std::array builtins{
      Builtin{.name = "toBase64", .signatures = kTextToText, .run = to_base64},
      Builtin{.name = "fromBase64", .signatures = kTextToText, .run = from_base64},
      Builtin{.name = "bitand", .signatures = kTwoInts, .run = bit_and},
      Builtin{.name = "bitor", .signatures = kTwoInts, .run = bit_or},
      Builtin{.name = "bitxor", .signatures = kTwoInts, .run = bit_xor},
      Builtin{.name = "bitnand", .signatures = kTwoInts, .run = bit_nand},
      Builtin{.name = "bitnot", .signatures = kOneInt, .run = bit_not},
      Builtin{.name = "bitshl", .signatures = kTwoInts, .run = bit_shl},
      Builtin{.name = "bitshr", .signatures = kTwoInts, .run = bit_shr},
      Builtin{.name = "bitushr", .signatures = kTwoInts, .run = bit_ushr},
  };
  return builtins;
}

}  // namespace fas::expr
