#include "expr/display.h"

#include <fmt/core.h>

#include "base/duration.h"
#include "base/number_text.h"
#include "expr/map.h"
#include "expr/time.h"
#include "expr/time_layout.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

constexpr int kDeepest = 32;

class Display {
 public:
  explicit Display(std::size_t most) : most_(most) {}

  void show(const Value& value, int depth) {
    switch (value.kind()) {
      case Kind::kNil: out_ += "nil"; break;
      case Kind::kBool: out_ += value.as_bool() ? "true" : "false"; break;
      case Kind::kInt: out_ += std::to_string(value.as_int()); break;
      case Kind::kFloat: append_float(out_, value.as_float()); break;
      case Kind::kString: show_text(value.as_text()); break;
      case Kind::kBytes:
        out_ += 'b';
        show_text(value.as_text());
        break;
      case Kind::kArray: show_array(value.as_array(), depth); break;
      case Kind::kMap: show_map(value.as_map(), depth); break;
      case Kind::kDuration: out_ += format_duration(Duration(value.as_int())); break;
      case Kind::kTime: out_ += format_time(value.as_time(), kRfc3339NanoLayout); break;
      case Kind::kTimezone: out_ += value.as_zone() == nullptr ? kUtc.name : value.as_zone()->name; break;
      case Kind::kMonth: out_ += month_name(value.as_int()); break;
      case Kind::kWeekday: out_ += weekday_name(value.as_int()); break;
      case Kind::kFunction: out_ += "a function"; break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  bool full() const { return out_.size() >= most_; }

  void show_text(std::string_view text) {
    out_ += '"';
    while (!text.empty()) {
      if (full()) {
        out_ += "...";
        break;
      }
      const auto rune = decode_rune(text);
      show_rune(text.substr(0, rune.size), rune);
      text.remove_prefix(rune.size);
    }
    out_ += '"';
  }

  // Control characters and bytes that are no UTF-8 are escaped, so that no text can play with a terminal.
  void show_rune(std::string_view bytes, Rune rune) {
    if (rune.code == '"' || rune.code == '\\') {
      out_ += '\\';
      out_ += bytes;
    } else if (rune.code == '\n') {
      out_ += "\\n";
    } else if (rune.code == '\t') {
      out_ += "\\t";
    } else if (rune.code < 0x20 || (rune.code >= 0x7F && rune.code < 0xA0)) {
      out_ += fmt::format("\\x{:02x}", static_cast<unsigned>(rune.code));
    } else if (rune.size == 1 && rune.code == 0xFFFD) {
      out_ += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    } else {
      out_ += bytes;
    }
  }

  void show_array(std::span<const Value> elements, int depth) {
    out_ += '[';
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) out_ += ", ";
      if (full() || depth >= kDeepest) {
        out_ += "...";
        break;
      }
      show(elements[i], depth + 1);
    }
    out_ += ']';
  }

  void show_map(const Map& map, int depth) {
    out_ += '{';
    bool first = true;
    for (const auto& entry : map.entries()) {
      if (!first) out_ += ", ";
      first = false;
      if (full() || depth >= kDeepest) {
        out_ += "...";
        break;
      }
      show(entry.key, depth + 1);
      out_ += ": ";
      show(entry.value, depth + 1);
    }
    out_ += '}';
  }

  std::string out_;
  std::size_t most_;
};

}  // namespace

std::string display(const Value& value, std::size_t most) {
  Display display(most);
  display.show(value, 0);
  return display.take();
}

}  // namespace fas::expr
