#include "expr/value_text.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

#include "base/duration.h"
#include "base/number_text.h"
#include "expr/builtin.h"
#include "expr/time.h"

namespace fas::expr {
namespace {

constexpr int kDeepest = 1'000;
// Arrays that share their parts can stand for far more elements than there is memory.
constexpr std::size_t kMostParts = 1'000'000;

class Printer {
 public:
  explicit Printer(std::size_t room) : room_(room) {}

  void print(const Value& value, int depth) {
    if (out_.size() > room_ || ++parts_ > kMostParts) fail_run("memory budget exceeded");
    if (depth > kDeepest) fail_run(fmt::format("the value is nested deeper than {} levels", kDeepest));
    switch (value.kind()) {
      case Kind::kNil: out_ += "<nil>"; break;
      case Kind::kBool: out_ += value.as_bool() ? "true" : "false"; break;
      case Kind::kInt: out_ += std::to_string(value.as_int()); break;
      case Kind::kFloat: append_float(out_, value.as_float()); break;
      case Kind::kString: out_ += value.as_text(); break;
      case Kind::kBytes: print_bytes(value.as_text()); break;
      case Kind::kArray: print_array(value.as_array(), depth); break;
      case Kind::kMap: print_map(value.as_map(), depth); break;
      case Kind::kDuration: out_ += format_duration(Duration(value.as_int())); break;
      case Kind::kTime: out_ += format_time(value.as_time()); break;
      case Kind::kTimezone: out_ += value.as_zone() == nullptr ? kUtc.name : value.as_zone()->name; break;
      case Kind::kMonth: out_ += month_name(value.as_int()); break;
      case Kind::kWeekday: out_ += weekday_name(value.as_int()); break;
      case Kind::kFunction: out_ += "function"; break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void print_bytes(std::string_view bytes) {
    out_ += '[';
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i > 0) out_ += ' ';
      out_ += std::to_string(static_cast<unsigned char>(bytes[i]));
    }
    out_ += ']';
  }

  void print_array(std::span<const Value> elements, int depth) {
    out_ += '[';
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) out_ += ' ';
      print(elements[i], depth + 1);
    }
    out_ += ']';
  }

  // Keys of several kinds: nil first, then kind by kind.
  static bool before(const Value& a, const Value& b) {
    if (a.kind() != b.kind()) return a.kind() < b.kind();
    switch (a.kind()) {
      case Kind::kString: return a.as_text() < b.as_text();
      case Kind::kFloat: return a.as_float() < b.as_float();
      case Kind::kNil:
      case Kind::kBytes:
      case Kind::kArray:
      case Kind::kMap:
      case Kind::kTime:
      case Kind::kTimezone:
      case Kind::kFunction: return false;
      default: return a.as_int() < b.as_int();
    }
  }

  void print_map(const Map& map, int depth) {
    std::vector<const Entry*> entries;
    entries.reserve(map.size());
    for (const auto& entry : map.entries()) entries.push_back(&entry);
    std::ranges::stable_sort(entries, [](const Entry* a, const Entry* b) { return before(a->key, b->key); });
    out_ += "map[";
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_ += ' ';
      print(entries[i]->key, depth + 1);
      out_ += ':';
      print(entries[i]->value, depth + 1);
    }
    out_ += ']';
  }

  std::string out_;
  std::size_t room_;
  std::size_t parts_ = 0;
};

}  // namespace

std::string value_text(const Value& value, std::size_t room) {
  Printer printer(room);
  printer.print(value, 0);
  return printer.take();
}

}  // namespace fas::expr
