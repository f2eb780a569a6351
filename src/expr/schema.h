// What an expression may refer to: the names at the top of its environment, each with a static type and a slot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/type.h"

namespace fas::expr {

// Slots number the names in the order of adding, from 0; Machine::run takes the values in that order. Copies are
// independent of each other. Many compilations may read one Schema at a time.
class Schema {
 public:
  struct Field {
    std::string name;
    Type type;
  };

  // A name that exists already keeps its slot and takes the new type.
  std::uint32_t add(std::string_view name, Type type);
  // A map with exactly these keys, such as current.started: a misspelt key is then a compile error.
  std::uint32_t add_record(std::string_view name, Schema fields);

  std::optional<std::uint32_t> find(std::string_view name) const;
  const Field& field(std::uint32_t slot) const { return fields_[slot]; }
  std::size_t size() const { return fields_.size(); }
  const std::vector<Field>& fields() const { return fields_; }

 private:
  void index();

  std::vector<Field> fields_;
  std::vector<std::uint32_t> buckets_;  // slot + 1 by hash, open addressing
  std::vector<std::shared_ptr<const Schema>> records_;
};

}  // namespace fas::expr
