#include "scale/hand.h"

#include "scale/time_text.h"

namespace fas::scale {

std::string by_hand(const Hand& hand) {
  std::string text = "by hand";
  if (hand.until) text += " until " + time_text(*hand.until);
  if (!hand.reason.empty()) text += ": " + hand.reason;
  return text;
}

}  // namespace fas::scale
