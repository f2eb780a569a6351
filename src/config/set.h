// Setters for the tables of keys (config/key.h): one for each kind of value.
#pragma once

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/draft.h"
#include "config/reading.h"
#include "config/scalar.h"

namespace fas::config {

template <auto member, class T>
void set_text(Reading& /*reading*/, T& target, const Written& value) {
  target.*member = value.text;
}

template <auto member, class T>
void set_bool(Reading& reading, T& target, const Written& value) {
  if (const auto flag = read_bool(reading, value)) target.*member = *flag;
}

// At least 0.
template <auto member, class T>
void set_duration(Reading& reading, T& target, const Written& value) {
  if (const auto duration = read_duration(reading, value)) target.*member = *duration;
}

template <auto member, class T>
void set_positive_duration(Reading& reading, T& target, const Written& value) {
  if (const auto duration = read_positive_duration(reading, value)) target.*member = *duration;
}

template <auto member, int lowest, class T>
void set_integer(Reading& reading, T& target, const Written& value) {
  const auto number = read_integer(reading, value);
  if (!number) return;
  if (*number < lowest || *number > std::numeric_limits<int>::max()) {
    reading.problem_at(value, fmt::format("{} must be at least {}", value.name, lowest));
    return;
  }
  target.*member = static_cast<int>(*number);
}

// One of a few words. `choices` yields pairs of a word and the value that it stands for.
template <auto member, auto choices, class T>
void set_choice(Reading& reading, T& target, const Written& value) {
  std::vector<std::string_view> words;
  for (const auto& [word, meaning] : choices()) {
    if (word == value.text) {
      target.*member = meaning;
      return;
    }
    words.push_back(word);
  }
  reading.problem_at(value, fmt::format("{} must be {}, not {}{}", value.name, quoted_list(words), reading.quote(value),
                                        suggestion(value.text, words)));
}

inline std::optional<Expression> expression_of(const Written& value) {
  if (trim(value.text).empty()) return std::nullopt;
  return Expression{.text = value.text, .origin = value.origin};
}

template <CountPairs AppDraft::* pairs, CountTexts CountPairs::* pair, std::optional<Expression> CountTexts::* end>
void set_count(Reading& /*reading*/, AppDraft& draft, const Written& value) {
  draft.*pairs.*pair.*end = expression_of(value);
}

}  // namespace fas::config
