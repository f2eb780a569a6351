#include "metrics/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/number_text.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

struct Label {
  std::string_view name;
  std::string_view value;  // as it stands on the page, without the quotes
  bool has_escapes = false;
};

std::string unescape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char escaped = text[++i];
    if (escaped == 'n') {
      result += '\n';
    } else {
      // The format knows \\ and \"; any other backslash stands for itself, as Prometheus reads it.
      if (escaped != '\\' && escaped != '"') result += '\\';
      result += escaped;
    }
  }
  return result;
}

bool value_is(const Label& label, std::string_view wanted) {
  return label.has_escapes ? unescape(label.value) == wanted : label.value == wanted;
}

// One sample line, taken apart from its front. Every step is false when the line breaks the format.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : rest_(line) {}

  bool read(std::vector<Label>& labels) {
    labels.clear();
    if (!read_name(name_, continues_name)) return false;
    skip_blanks();
    if (take('{') && !read_labels(labels)) return false;
    return read_value() && read_timestamp();
  }

  std::string_view name() const { return name_; }
  double value() const { return value_; }
  std::optional<std::int64_t> timestamp_ms() const { return timestamp_ms_; }

 private:
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool read_name(std::string_view& name, bool (*continues)(char)) {
    if (rest_.empty() || !begins_name(rest_.front())) return false;
    const auto end = std::ranges::find_if_not(rest_, continues);
    name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(name.size());
    return true;
  }

  // Behind the brace: name="value" pairs with commas between and, if the writer likes, one at the end.
  bool read_labels(std::vector<Label>& labels) {
    for (;;) {
      skip_blanks();
      if (take('}')) return true;
      Label label;
      if (!read_name(label.name, continues_name) || label.name.contains(':')) return false;
      skip_blanks();
      if (!take('=')) return false;
      skip_blanks();
      if (!read_quoted(label)) return false;
      labels.push_back(label);
      skip_blanks();
      if (!take(',') && !rest_.starts_with('}')) return false;
    }
  }

  bool read_quoted(Label& label) {
    if (!take('"')) return false;
    for (std::size_t end = 0; end < rest_.size(); ++end) {
      if (rest_[end] == '\\') {
        label.has_escapes = true;
        ++end;
      } else if (rest_[end] == '"') {
        label.value = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return true;
      }
    }
    return false;
  }

  std::string_view read_word() {
    skip_blanks();
    const auto end = std::ranges::find_if(rest_, is_blank);
    const std::string_view word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    return word;
  }

  bool read_value() {
    const ParsedNumber<double> number = parse_float(read_word());
    value_ = number.value;
    return !number.error;
  }

  bool read_timestamp() {
    const std::string_view word = read_word();
    if (word.empty()) return true;
    std::int64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), milliseconds);
    skip_blanks();
    timestamp_ms_ = milliseconds;
    return error == std::errc{} && end == word.data() + word.size() && rest_.empty();
  }

  std::string_view rest_;
  std::string_view name_;
  double value_ = 0;
  std::optional<std::int64_t> timestamp_ms_;
};

bool matches(const std::vector<Label>& labels, const std::map<std::string, std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& pair) {
    const auto label = std::ranges::find(labels, std::string_view(pair.first), &Label::name);
    return label == labels.end() ? pair.second.empty() : value_is(*label, pair.second);
  });
}

// nullopt when the clock's nanoseconds cannot hold it.
std::optional<WallTime> wall_time(std::int64_t milliseconds) {
  constexpr std::int64_t kMost = std::chrono::floor<std::chrono::milliseconds>(WallTime::duration::max()).count();
  if (milliseconds > kMost || milliseconds < 0) return std::nullopt;
  return WallTime(std::chrono::milliseconds(milliseconds));
}

ReadPoint to_point(const LineReader& line, const std::vector<Label>& labels, bool with_labels) {
  ReadPoint read;
  read.point.value = line.value();
  if (line.timestamp_ms()) read.at = wall_time(*line.timestamp_ms());
  if (!with_labels) return read;
  for (const Label& label : labels) {
    read.point.labels.emplace(label.name, label.has_escapes ? unescape(label.value) : std::string(label.value));
  }
  return read;
}

// Blank lines and comments, HELP and TYPE among them, say nothing about values.
bool is_sample(std::string_view line) {
  const auto first = std::ranges::find_if_not(line, is_blank);
  return first != line.end() && *first != '#';
}

std::string_view take_line(std::string_view& page) {
  const std::size_t end = std::min(page.find('\n'), page.size());
  std::string_view line = page.substr(0, end);
  page.remove_prefix(std::min(end + 1, page.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  return line;
}

}  // namespace

Result<Reading> read_exposition(std::string_view page, const ExpositionQuery& query, bool with_labels) {
  Reading reading;
  std::vector<Label> labels;
  for (std::size_t number = 1; !page.empty(); ++number) {
    const std::string_view line = take_line(page);
    if (!is_sample(line)) continue;
    LineReader reader(line);
    if (!reader.read(labels)) {
      return fail(ErrorKind::kMalformed,
                  fmt::format("line {} of the reply is not in the Prometheus text format: {}", number, excerpt(line)));
    }
    if (reader.name() != query.metric || !matches(labels, query.labels)) continue;
    reading.points.push_back(to_point(reader, labels, with_labels));
  }
  return reading;
}

}  // namespace fas::metrics
