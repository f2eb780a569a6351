// `$NAME` and `${NAME}` in a text, replaced by the environment's values as the Go fly-autoscaler does it: in the whole
// text, before anything else is read, an unset one being empty. Every place in the result can be traced back to the
// text as written.
//
// Two differences, both where the Go program destroys text: `$$` stands for one `$`, and a `$` that no name follows
// (`foo$`, `$1`) stays.
//
// $APP_NAME is special: in a query it is the app of the tick, elsewhere the environment's. Which it is shows only when
// the text has been read, so expanding leaves a marker that resolve_app_name() settles.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace fas::config {

// Values can be long and named often: more than this is an error.
inline constexpr std::size_t kMaxExpandedBytes = 4U << 20U;

class Expansion {
 public:
  struct Place {
    int line = 1;               // from 1, in the original
    int column = 1;             // from 1, in characters
    std::string_view variable;  // the name, when the place lies within the value of a variable
  };

  // `original` outlives the Expansion.
  static Result<Expansion> make(std::string_view original, const Environment& environment);

  const std::string& text() const { return text_; }

  // Where in the original the byte at `offset` of text() comes from; offsets behind the end are the end.
  Place place(std::size_t offset) const;

  // `text` with each value that a variable has put in written as `$NAME` again, so that a message cannot show a secret.
  std::string redact(std::string text) const;

 private:
  struct Piece {
    std::size_t begin, end;  // in text_
    std::size_t original_begin, original_end;
    std::string_view variable;
  };

  explicit Expansion(std::string_view original) : original_(original) {}
  void append(const Piece& piece, std::string_view value);

  std::string_view original_;
  std::string text_;
  std::vector<Piece> pieces_;             // in order; between them the text is as written
  std::vector<std::size_t> variables_;    // in pieces_: one of each variable
  std::vector<std::size_t> line_starts_;  // in original_
};

// `text` with the marker made `${APP_NAME}` again in a query-like field, for the tick to fill in, and replaced by the
// environment's value in any other.
std::string resolve_app_name(std::string text, bool query_like, const Environment& environment);

}  // namespace fas::config
