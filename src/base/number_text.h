// Numbers as Go's strconv and fmt write and read them, so that what a user sees and types is the same as in the
// programs whose expressions and configuration we take over. Independent of the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fas {

// The shortest text that reads back as the same number, as fmt's %v: "1", "0.5", "100000", "NaN", "+Inf", "-Inf",
// "-0". The exponent form, with two digits at least, serves below 1e-4 and from 1e6 on: "1e-05", "1.5e+06".
std::string format_float(double value);

// The same, appended: no allocation when `out` has room for 32 more bytes.
void append_float(std::string& out, double value);

// As Go's encoding/json writes a number: digits between 1e-6 and 1e21, "1e-7" and "1e+21" outside. `value` is finite.
void append_json_float(std::string& out, double value);

enum class NumberError { kSyntax, kRange };

// What a text means as a number; on kRange `value` is what Go returns beside its error (the nearest end, an infinity).
template <class T>
struct ParsedNumber {
  T value{};
  std::optional<NumberError> error;
  explicit operator bool() const { return !error; }
};

// strconv.ParseInt(text, base, 64): an optional sign and digits, nothing else. Base 0 takes the base from a prefix (0x,
// 0o, 0b, 0) and allows underscores between digits.
ParsedNumber<std::int64_t> parse_int(std::string_view text, int base = 10);

// strconv.ParseFloat(text, 64): decimal or hexadecimal ("0x1.8p3"), underscores between digits of a number,
// "inf", "infinity" and "nan" in any case. Too small is 0 and no error.
ParsedNumber<double> parse_float(std::string_view text);

}  // namespace fas
