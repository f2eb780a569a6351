// Setters for the tables of keys (config/key.h): one for each kind of value.
#pragma once

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/draft.h"
#include "config/key.h"
#include "config/reading.h"
#include "config/scalar.h"
#include "config/schema.h"

namespace fas::config {

template <class Member>
struct MemberOf;
template <class T, class Value>
struct MemberOf<Value T::*> {
  using Class = T;
};
template <auto member>
using ClassOf = typename MemberOf<decltype(member)>::Class;

template <auto member>
inline constexpr Setter<ClassOf<member>> kText = {
    [](Reading& /*reading*/, ClassOf<member>& target, const Written& value) { target.*member = value.text; },
    text_schema};

template <auto member>
inline constexpr Setter<ClassOf<member>> kBool = {[](Reading& reading, ClassOf<member>& target, const Written& value) {
                                                    if (const auto flag = read_bool(reading, value))
                                                      target.*member = *flag;
                                                  },
                                                  bool_schema};

// At least 0.
template <auto member>
inline constexpr Setter<ClassOf<member>> kDuration = {
    [](Reading& reading, ClassOf<member>& target, const Written& value) {
      if (const auto duration = read_duration(reading, value)) target.*member = *duration;
    },
    duration_schema};

template <auto member>
inline constexpr Setter<ClassOf<member>> kPositiveDuration = {
    [](Reading& reading, ClassOf<member>& target, const Written& value) {
      if (const auto duration = read_positive_duration(reading, value)) target.*member = *duration;
    },
    duration_schema};

template <auto member, int lowest, int highest = std::numeric_limits<int>::max()>
inline constexpr Setter<ClassOf<member>> kInteger = {
    [](Reading& reading, ClassOf<member>& target, const Written& value) {
      const auto number = read_integer(reading, value);
      if (!number) return;
      if (*number < lowest || *number > highest) {
        constexpr bool kIsBounded = highest != std::numeric_limits<int>::max();
        reading.problem_at(value, kIsBounded ? fmt::format("{} must be from {} to {}", value.name, lowest, highest)
                                             : fmt::format("{} must be at least {}", value.name, lowest));
        return;
      }
      target.*member = static_cast<int>(*number);
    },
    [] { return integer_schema(lowest, highest); }};

// One of a few words. `choices` yields pairs of a word and the value that it stands for.
template <auto choices>
std::vector<std::string_view> words_of() {
  std::vector<std::string_view> words;
  for (const auto& [word, meaning] : choices()) words.push_back(word);
  return words;
}

template <auto member, auto choices>
inline constexpr Setter<ClassOf<member>> kChoice = {
    [](Reading& reading, ClassOf<member>& target, const Written& value) {
      for (const auto& [word, meaning] : choices()) {
        if (word != value.text) continue;
        target.*member = meaning;
        return;
      }
      const std::vector<std::string_view> words = words_of<choices>();
      reading.problem_at(value, fmt::format("{} must be {}, not {}{}", value.name, quoted_list(words),
                                            reading.quote(value), suggestion(value.text, words)));
    },
    [] { return choice_schema(words_of<choices>()); }};

inline std::optional<Expression> expression_of(const Written& value) {
  if (trim(value.text).empty()) return std::nullopt;
  return Expression{.text = value.text, .origin = value.origin};
}

template <CountPairs AppDraft::* pairs, CountTexts CountPairs::* pair, std::optional<Expression> CountTexts::* end>
inline constexpr Setter<AppDraft> kCount = {
    [](Reading& /*reading*/, AppDraft& draft, const Written& value) { draft.*pairs.*pair.*end = expression_of(value); },
    expression_schema};

// The same for a policy's configuration as for any other target.
template <const auto& setter>
inline constexpr Setter<AppDraft> kOfApp = {
    [](Reading& reading, AppDraft& draft, const Written& value) { setter(reading, draft.config, value); },
    setter.schema};

}  // namespace fas::config
