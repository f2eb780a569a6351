// What the parts of one reading of the configuration share: where values come from, and the problems found so far.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/expansion.h"
#include "config/yaml_tree.h"

namespace fas::config {

// One value as it is written, in the file or in the environment.
struct Written {
  std::string text;
  Origin origin;
  std::string name;     // "interval", "metric-collectors[0]: timeout"; for messages
  bool secret = false;  // never shown
};

class Reading {
 public:
  Reading(const Environment& environment, std::string file) : environment_(environment), file_(std::move(file)) {}

  const Environment& environment() const { return environment_; }
  const std::string& file() const { return file_; }
  void set_expansion(const Expansion& expansion) { expansion_ = &expansion; }

  Origin origin(const YamlNode& node) const;

  // A scalar's text as a field takes it, with $APP_NAME settled.
  Written written(const YamlNode& node, std::string name, bool secret = false, bool query_like = false);

  // The same without its place, which costs time where there are many: the items of a list.
  std::string text(const YamlNode& node, bool query_like = false) const;

  // Every value that has been read is kept as it may be shown. written() and variable() do so by themselves.
  void show(const Written& value);
  std::vector<ShownSetting> take_shown() { return std::move(shown_); }

  // The environment variable's value, where it is set and not empty (the Go program takes an empty one as unset).
  // What is not UTF-8 is a problem.
  std::optional<Written> variable(const std::string& name, bool secret = false, bool query_like = false);

  // A problem at a place in the file: "FILE:LINE:COLUMN: MESSAGE".
  void problem_at(const YamlNode& node, std::string_view message);
  void problem_at_offset(std::size_t offset, std::string_view message);
  // The same at the place of a value.
  void problem_at(const Written& value, std::string_view message);
  // A problem of the whole, among them the messages that scripts know: nothing is put around it.
  void problem(std::string message);

  // `text` quoted and short, or what stands for it where it is secret, or came in by a variable.
  std::string quote(const Written& value) const;
  std::string redact(std::string text) const;

  // The entries of a map with its merges (`<<`) resolved: a key of the map itself wins over one that is merged in. A
  // key that is there twice is a problem.
  std::vector<YamlEntry> entries(const YamlNode& map);
  // Reports and drops each entry whose key `known` lacks. `prefix` is as in Written::name.
  void drop_unknown(std::vector<YamlEntry>& entries, std::string_view prefix, std::span<const std::string_view> known);

  // Keys, with their prefix, that the user tried to write, wrongly: that they are missing is then not worth a second
  // message.
  void mark_attempted(std::string key) { attempted_.insert(std::move(key)); }
  bool attempted(std::string_view key) const { return attempted_.contains(key); }
  bool attempted_below(std::string_view prefix) const;

  // Aliases have made the file so large that the rest of it was not looked at.
  bool is_cut() const { return is_cut_; }

  bool ok() const { return problem_count_ == 0; }
  // All problems, one a line; many are cut short.
  Error error() const;

 private:
  struct Collected {
    std::vector<YamlEntry> entries;
    std::set<std::string_view> keys;
  };
  void collect_entries(const YamlNode& map, Collected& collected, int depth);
  void merge(const YamlNode& from, Collected& collected, int depth);
  void unknown_key(const YamlNode& key, std::string_view prefix, std::span<const std::string_view> known);
  bool walk_on(const YamlNode& node);
  void cut(const YamlNode& node, std::string_view message);

  const Environment& environment_;
  std::string file_;
  const Expansion* expansion_ = nullptr;
  std::vector<std::string> problems_;
  std::size_t problem_count_ = 0;
  std::size_t walked_ = 0;  // entries looked at, aliases counted each time
  bool is_cut_ = false;
  std::set<std::string, std::less<>> attempted_;
  std::vector<ShownSetting> shown_;
};

// "a", "a or b", "a, b or c", each in double quotes.
std::string quoted_list(std::span<const std::string_view> words);

// `; did you mean "X"?` where a candidate is near, else empty.
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace fas::config
