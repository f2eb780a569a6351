// The syntax tree. Nodes live in the compilation's arena; the checker writes types into them, the optimizer rewrites
// them, the code generator reads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "expr/builtin.h"
#include "expr/token.h"
#include "expr/type.h"
#include "expr/value.h"

namespace fas::expr {

enum class NodeKind : std::uint8_t {
  kConstant,     // value
  kName,         // name: of the environment, a variable, a builtin
  kUnary,        // symbol first
  kBinary,       // symbol first second
  kChain,        // first: a ?. within it that finds nil ends here
  kMember,       // first[second]; optional: nothing where first is nil
  kSlice,        // first[second:third], each may be absent
  kCall,         // first(items)
  kBuiltin,      // builtin(items)
  kLoop,         // loop(items[0], items[1] as predicate, items[2])
  kPredicate,    // first, evaluated for each element
  kPointer,      // #, #index, #acc by name
  kConditional,  // first ? second : third
  kLet,          // let name = first; second
  kSequence,     // items; the value of the last
  kArray,        // [items]
  kMap,          // items: key, value, key, value, ...
  kKeep,         // first, whose value is used again by a kKept: the b of a < b < c, the a of a ?: b
  kKept,         // the value of the kKeep node `first`
};

// The builtins that take a predicate.
enum class Loop : std::uint8_t {
  kAll,
  kNone,
  kAny,
  kOne,
  kFilter,
  kMap,
  kCount,
  kSum,
  kFind,
  kFindIndex,
  kFindLast,
  kFindLastIndex,
  kGroupBy,
  kSortBy,
  kReduce,
};

enum class NameKind : std::uint8_t { kNone, kSlot, kVariable, kEnvironment, kBuiltin };
enum class Pointer : std::uint8_t { kElement, kIndex, kAccumulator };

struct Node {
  NodeKind kind = NodeKind::kConstant;
  Symbol symbol = Symbol::kNone;
  Loop loop = Loop::kAll;
  NameKind name_kind = NameKind::kNone;
  Pointer pointer = Pointer::kElement;
  bool optional = false;     // of a member
  bool method = false;       // of a member: it is called
  bool uses_index = false;   // of a predicate: #index
  std::uint32_t offset = 0;  // in the source
  std::uint32_t slot = 0;    // of a name: environment slot or register; of a predicate: its scope's first register
  std::uint32_t count = 0;   // of items
  Type type;
  Value value;
  std::string_view name;
  Node* first = nullptr;
  Node* second = nullptr;
  Node* third = nullptr;
  Node** list = nullptr;
  const Builtin* builtin = nullptr;
  const Method* called = nullptr;  // of a call whose receiver's type is known

  std::span<Node*> items() const { return {list, count}; }
  bool is(NodeKind other) const { return kind == other; }
  bool is_constant() const { return kind == NodeKind::kConstant; }
};

std::string_view loop_name(Loop loop);
// Must its predicate give a bool?
bool takes_condition(Loop loop);
// The predicate-taking builtin of that name.
const Loop* find_loop(std::string_view name);

// The tree as source text, with every operation in parentheses; it parses to the same tree.
std::string print(const Node& node);

}  // namespace fas::expr
