// Matching of the regular expressions that people write most: literals, classes, repeats of one character, anchors.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fas::expr {

// All positions of the pattern are bits of one word that a character of the text moves along together, so that no text
// makes it slow. Bytes are characters here; what could tell the difference (a dot or a negated class meeting a byte
// beyond ASCII) is left to RE2.
class Matcher {
 public:
  // nullopt for a pattern that needs more: groups, alternatives, escapes of classes, flags, letters beyond ASCII, more
  // than 60 characters.
  static std::optional<Matcher> make(std::string_view pattern);

  // Whether the pattern is found in the text; nullopt where only RE2 can tell.
  std::optional<bool> found_in(std::string_view text) const;

 private:
  std::uint64_t closure(std::uint64_t states) const;

  std::uint64_t steps_[128] = {};  // by character: the positions that it may stand at
  std::uint64_t repeats_ = 0;      // positions that may be taken again: x* x+
  std::uint64_t optional_ = 0;     // positions that may be passed over: x* x?
  std::uint64_t accept_ = 0;       // the bit behind the last position
  bool from_start_ = false;        // ^
  bool to_end_ = false;            // $
  bool ascii_only_ = false;        // a dot or a negated class is in it
};

}  // namespace fas::expr
