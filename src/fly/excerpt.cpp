#include "fly/excerpt.h"

#include "base/text.h"

namespace fas::fly {

std::string printable(std::string_view text, std::size_t length) {
  text = trim(text);
  std::string result;
  for (const char c : text.substr(0, length)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte >= 0x7F ? '?' : byte < ' ' ? ' ' : c;
  }
  if (text.size() > length) result += "...";
  return result;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLength = 120;
  const std::string shown = printable(text, kLength);
  return shown.empty() ? "an empty body" : '"' + shown + '"';
}

}  // namespace fas::fly
