#include "expr/time_layout.h"

#include <algorithm>
#include <array>

namespace fas::expr {
namespace {

using enum LayoutElement;

struct Spelling {
  std::string_view text;
  LayoutElement element;
};

// Longer spellings stand before those they begin with.
constexpr std::array<Spelling, 21> kSpellings{{
    {"January", kLongMonth}, {"Jan", kShortMonth}, {"Monday", kLongWeekday},
    {"Mon", kShortWeekday},  {"MST", kZoneName},   {"2006", kLongYear},
    {"__2", kYearDaySpace},  {"002", kYearDay3},   {"01", kMonth2},
    {"02", kDay2},           {"03", kHour12Two},   {"04", kMinute2},
    {"05", kSecond2},        {"06", kYear},        {"15", kHour},
    {"PM", kUpperHalf},      {"pm", kLowerHalf},   {"_2", kDaySpace},
    {"1", kMonth},           {"2", kDay},          {"3", kHour12},
}};
constexpr std::array<Spelling, 2> kSingles{{{"4", kMinute}, {"5", kSecond}}};

// After "-" or "Z".
constexpr std::array<LayoutPiece, 5> kOffsets{{
    {.element = kOffset, .text = "070000", .offset_colons = false, .offset_fields = 3},
    {.element = kOffset, .text = "07:00:00", .offset_colons = true, .offset_fields = 3},
    {.element = kOffset, .text = "0700", .offset_colons = false, .offset_fields = 2},
    {.element = kOffset, .text = "07:00", .offset_colons = true, .offset_fields = 2},
    {.element = kOffset, .text = "07", .offset_colons = false, .offset_fields = 1},
}};

bool is_digit(std::string_view text, std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }
bool is_lower(std::string_view text, std::size_t at) { return at < text.size() && text[at] >= 'a' && text[at] <= 'z'; }

std::optional<LayoutPiece> fraction_at(std::string_view layout) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',') || (layout[1] != '0' && layout[1] != '9')) {
    return std::nullopt;
  }
  std::size_t end = 1;
  while (end < layout.size() && layout[end] == layout[1]) ++end;
  if (is_digit(layout, end)) return std::nullopt;
  return LayoutPiece{.element = layout[1] == '0' ? kFractionFixed : kFractionTrimmed,
                     .text = layout.substr(0, end),
                     .digits = static_cast<int>(std::min<std::size_t>(end - 1, 9))};
}

std::optional<LayoutPiece> offset_at(std::string_view layout) {
  if (layout.empty() || (layout[0] != '-' && layout[0] != 'Z')) return std::nullopt;
  for (auto piece : kOffsets) {
    if (!layout.substr(1).starts_with(piece.text)) continue;
    piece.offset_z = layout[0] == 'Z';
    piece.text = layout.substr(0, piece.text.size() + 1);
    return piece;
  }
  return std::nullopt;
}

// The element at the very front of `layout`; nullopt when plain text stands there.
std::optional<LayoutPiece> element_at(std::string_view layout) {
  if (auto piece = fraction_at(layout)) return piece;
  if (auto piece = offset_at(layout)) return piece;
  if (layout.starts_with("_2006")) return std::nullopt;  // the underscore is text, the year follows
  const auto find = [&](std::span<const Spelling> spellings) -> std::optional<LayoutPiece> {
    for (const auto& [text, element] : spellings) {
      if (!layout.starts_with(text)) continue;
      const bool short_name = element == kShortMonth || element == kShortWeekday;
      if (short_name && is_lower(layout, text.size())) return std::nullopt;  // "Janet" is no month
      return LayoutPiece{.element = element, .text = layout.substr(0, text.size())};
    }
    return std::nullopt;
  };
  if (auto piece = find(kSpellings)) return piece;
  return find(kSingles);
}

}  // namespace

LayoutPiece take_layout_piece(std::string_view& layout) {
  std::size_t text = 0;
  std::optional<LayoutPiece> piece;
  while (text < layout.size() && !(piece = element_at(layout.substr(text)))) ++text;
  if (text > 0) piece = LayoutPiece{.element = kText, .text = layout.substr(0, text)};
  if (!piece) return {};
  layout.remove_prefix(piece->text.size());
  return *piece;
}

}  // namespace fas::expr
