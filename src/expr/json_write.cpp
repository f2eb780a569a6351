#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include "base/number_text.h"
#include "expr/builtin.h"
#include "expr/json_text.h"
#include "expr/time.h"
#include "expr/time_layout.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

constexpr int kDeepest = 1'000;
// Arrays that share their parts can stand for far more elements than there is memory.
constexpr std::size_t kMostParts = 1'000'000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

class Writer {
 public:
  explicit Writer(const Arena& arena) : room_(std::min(arena.room(), kMostBytes)) {}

  void write(const Value& value, int depth) {
    if (out_.size() > room_ || ++parts_ > kMostParts) fail_run("memory budget exceeded");
    switch (value.kind()) {
      case Kind::kNil: out_ += "null"; break;
      case Kind::kBool: out_ += value.as_bool() ? "true" : "false"; break;
      case Kind::kInt:
      case Kind::kDuration:
      case Kind::kMonth:
      case Kind::kWeekday: out_ += std::to_string(value.as_int()); break;
      case Kind::kFloat: write_float(value.as_float()); break;
      case Kind::kString: write_text(value.as_text()); break;
      case Kind::kBytes: write_bytes(value.as_text()); break;
      case Kind::kArray: write_array(value.as_array(), depth); break;
      case Kind::kMap: write_map(value.as_map(), depth); break;
      case Kind::kTime: write_time(value.as_time()); break;
      case Kind::kTimezone: out_ += "{}"; break;  // what a struct without public fields gives
      case Kind::kFunction: fail_run("json: unsupported type: function");
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write_float(double value) {
    if (!std::isfinite(value)) fail_run("json: unsupported value: " + format_float(value));
    append_json_float(out_, value);
  }

  void write_escape(unsigned code) { out_ += fmt::format("\\u{:04x}", code); }

  void write_ascii(char c) {
    switch (c) {
      case '"': out_ += "\\\""; return;
      case '\\': out_ += "\\\\"; return;
      case '\b': out_ += "\\b"; return;
      case '\f': out_ += "\\f"; return;
      case '\n': out_ += "\\n"; return;
      case '\r': out_ += "\\r"; return;
      case '\t': out_ += "\\t"; return;
      default: break;
    }
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || c == '<' || c == '>' || c == '&') {
      write_escape(code);
    } else {
      out_ += c;
    }
  }

  void write_text(std::string_view text) {
    out_ += '"';
    while (!text.empty()) {
      if (static_cast<unsigned char>(text.front()) < 0x80) {
        write_ascii(text.front());
        text.remove_prefix(1);
        continue;
      }
      const auto rune = decode_rune(text);
      const bool line_end = rune.code == 0x2028 || rune.code == 0x2029;
      if (line_end || rune.size == 1) {
        write_escape(rune.code);
      } else {
        out_ += text.substr(0, rune.size);
      }
      text.remove_prefix(rune.size);
    }
    out_ += '"';
  }

  void write_bytes(std::string_view bytes) {
    out_ += '"';
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
      const auto left = std::min<std::size_t>(3, bytes.size() - at);
      std::uint32_t group = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        group = group << 8 | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0U);
      }
      for (std::size_t i = 0; i < 4; ++i) out_ += i <= left ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
    }
    out_ += '"';
  }

  void write_time(const Time& time) {
    const auto year = civil(time).year;
    if (year < 0 || year > 9'999) fail_run("json: the year of a time is outside 0 to 9999");
    write_text(format_time(time, kRfc3339NanoLayout));
  }

  void begin_line(int depth) {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
  }

  static void expect_depth(int depth) {
    if (depth >= kDeepest) fail_run(fmt::format("json: the value is nested deeper than {} levels", kDeepest));
  }

  void write_array(std::span<const Value> elements, int depth) {
    expect_depth(depth);
    out_ += '[';
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) out_ += ',';
      begin_line(depth + 1);
      write(elements[i], depth + 1);
    }
    if (!elements.empty()) begin_line(depth);
    out_ += ']';
  }

  void write_map(const Map& map, int depth) {
    expect_depth(depth);
    if (!map.has_text_keys()) fail_run("json: unsupported type: a map with keys that are no strings");
    std::vector<const Entry*> entries;
    entries.reserve(map.size());
    for (const auto& entry : map.entries()) entries.push_back(&entry);
    std::ranges::sort(entries, {}, [](const Entry* entry) { return entry->key.as_text(); });
    out_ += '{';
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_ += ',';
      begin_line(depth + 1);
      write_text(entries[i]->key.as_text());
      out_ += ": ";
      write(entries[i]->value, depth + 1);
    }
    if (!entries.empty()) begin_line(depth);
    out_ += '}';
  }

  std::string out_;
  std::size_t room_;
  std::size_t parts_ = 0;
};

}  // namespace

std::string write_json(const Value& value, const Arena& arena) {
  Writer writer(arena);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace fas::expr
