#include <fmt/format.h>

#include "expr/arithmetic.h"
#include "expr/checker.h"
#include "expr/loops.h"
#include "expr/map.h"
#include "expr/op_new.h"
#include "expr/sorting.h"

namespace fas::expr {
namespace {

struct LoopOp : Op {
  LoopPlan plan;
  const BinaryOp* range = nullptr;  // the source, where it is one: no array is made of it
};

// Stands for every element of a map, and where an empty array has no first element.
const Value kNoElement = Value::function(nullptr);

// What a loop goes over: an array's elements or a range's numbers.
struct Source {
  const Value* elements = nullptr;  // null: a range
  std::int64_t first = 0;
  std::size_t size = 0;
  std::size_t stride = 1;  // 0: they are all the same

  // Where the element is; `made` is room for one that has to be made.
  const Value* at(std::size_t i, Value& made) const {
    if (elements != nullptr) return elements + i * stride;
    made = Value::integer(first + static_cast<std::int64_t>(i));
    return &made;
  }
};

// Text stands for its bytes.
std::span<const Value> bytes_of(std::string_view text, Frame& frame) {
  const std::span<Value> elements = frame.arena.array<Value>(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) elements[i] = Value::integer(static_cast<unsigned char>(text[i]));
  return elements;
}

Source open_range(const LoopOp& loop, Frame& frame) {
  const BinaryOp* range = loop.range;
  const Value from = range->left->run(range->left, frame);
  const Value to = range->right->run(range->right, frame);
  const IntRange numbers = placed(range, [&] { return int_range(from, to, frame); });
  return {nullptr, numbers.first, numbers.size};
}

[[gnu::noinline]] Source open_other(const LoopOp& loop, const Value& value, Frame& frame) {
  if (value.is_string() || value.is(Kind::kBytes)) {
    const auto elements = placed(&loop, [&] { return bytes_of(value.as_text(), frame); });
    return {elements.data(), 0, elements.size()};
  }
  if (value.is(Kind::kMap)) return {&kNoElement, 0, value.as_map().size(), 0};
  fail_at(&loop, fmt::format("{} takes only an array (got {})", loop_name(loop.plan.loop), kind_name(value.kind())));
}

Source open_source(const LoopOp& loop, Frame& frame) {
  Source source;
  if (loop.range != nullptr) {
    source = open_range(loop, frame);
  } else {
    const Op* op = loop.plan.source;
    const Value value = op->run(op, frame);
    if (value.is(Kind::kArray)) {
      const auto elements = value.as_array();
      source = {elements.empty() ? &kNoElement : elements.data(), 0, elements.size()};
    } else {
      source = open_other(loop, value, frame);
    }
  }
  placed(&loop, [&] { frame.context.spend(source.size); });
  return source;
}

// What all stages make of the element, perhaps in `made`; null when one holds it back.
const Value* pass(std::span<const Stage> stages, const Value* element, Value& made, Frame& frame) {
  for (const Stage& stage : stages) {
    frame.registers[stage.element] = *element;
    if (!stage.filters) {
      made = stage.op->run(stage.op, frame);
      element = &made;
    } else if (!stage.op->run_bool(stage.op, frame)) {
      return nullptr;
    }
  }
  return element;
}

// Calls sink(element, its number among those) for every element that passes, until it returns false. Elements stay
// where they are until a register takes them: a copy in between costs as much as the rest of a small predicate.
template <class Sink>
[[gnu::always_inline]] inline void each(const LoopOp& loop, const Source& source, Frame& frame, Sink&& sink) {
  const auto& stages = loop.plan.stages;
  std::size_t passed = 0;
  Value made;
  for (std::size_t i = 0; i < source.size; ++i) {
    const Value* element = source.at(i, made);
    if (!stages.empty()) {
      element = pass(stages, element, made, frame);
      if (element == nullptr) continue;
    }
    if (!sink(*element, passed++)) return;
  }
}

// The element as part of the loop's result.
const Value& taken(const LoopOp& loop, const Value& element) {
  if (is_no_element(element)) fail_no_element(&loop);
  return element;  // NOLINT(bugprone-return-const-ref-from-parameter): every caller holds the element
}

[[gnu::always_inline]] inline Value body_value(const LoopOp& loop, const Value& element, Frame& frame) {
  if (loop.plan.body == nullptr) return taken(loop, element);
  frame.registers[loop.plan.registers + kElementRegister] = element;
  return loop.plan.body->run(loop.plan.body, frame);
}

[[gnu::always_inline]] inline bool body_bool(const LoopOp& loop, const Value& element, Frame& frame) {
  if (loop.plan.body == nullptr) {
    if (!element.is(Kind::kBool)) fail_bool(&loop, element);
    return element.as_bool();
  }
  frame.registers[loop.plan.registers + kElementRegister] = element;
  return loop.plan.body->run_bool(loop.plan.body, frame);
}

// What the stack holds from `mark` on, as an array in the arena.
Value collect(const Op* op, std::size_t mark, Frame& frame) {
  const std::span<const Value> found(frame.stack.data() + mark, frame.stack.size() - mark);
  const Value result = placed(op, [&] { return Value::array(frame.arena.copy(found)); });
  frame.stack.resize(mark);
  return result;
}

Value loop_filter(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  const std::size_t mark = frame.stack.size();
  each(loop, source, frame, [&](const Value& element, std::size_t) {
    if (body_bool(loop, element, frame)) frame.stack.push_back(taken(loop, element));
    return true;
  });
  return collect(&loop, mark, frame);
}

Value loop_map(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  const std::size_t mark = frame.stack.size();
  each(loop, source, frame, [&](const Value& element, std::size_t i) {
    if (loop.plan.uses_index) {
      frame.registers[loop.plan.registers + kIndexRegister] = Value::integer(static_cast<std::int64_t>(i));
    }
    frame.stack.push_back(body_value(loop, element, frame));
    return true;
  });
  return collect(&loop, mark, frame);
}

Value loop_count(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  std::int64_t count = 0;
  each(loop, source, frame, [&](const Value& element, std::size_t) {
    count += body_bool(loop, element, frame) ? 1 : 0;
    return true;
  });
  return Value::integer(count);
}

Value loop_sum(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  if (loop.range != nullptr && loop.plan.body == nullptr && loop.plan.stages.empty())
    return sum_of_range(source.first, source.size);
  Value total = Value::integer(0);
  each(loop, source, frame, [&](const Value& element, std::size_t) {
    const Value term = body_value(loop, element, frame);
    if (term.is_float()) {
      total = Value::number(term.as_float() + total.to_float());
    } else {
      total = placed(&loop, [&] { return add(term, total, frame.arena); });
    }
    return true;
  });
  return total;
}

enum class Quantifier { kAll, kNone, kAny, kOne };

template <Quantifier Q>
bool loop_quantifier(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  std::size_t found = 0;
  bool stopped = false;
  each(loop, source, frame, [&](const Value& element, std::size_t) {
    const bool holds = body_bool(loop, element, frame);
    if constexpr (Q == Quantifier::kAll) stopped = !holds;
    if constexpr (Q == Quantifier::kNone || Q == Quantifier::kAny) stopped = holds;
    found += holds ? 1 : 0;
    return !stopped;
  });
  if constexpr (Q == Quantifier::kOne) return found == 1;
  return Q == Quantifier::kAny ? stopped : !stopped;
}

template <bool kLast, bool kIndex>
Value loop_find(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  Value made;
  for (std::size_t i = 0; i < source.size; ++i) {
    const std::size_t at = kLast ? source.size - 1 - i : i;
    const Value& element = *source.at(at, made);
    if (!body_bool(loop, element, frame)) continue;
    return kIndex ? Value::integer(static_cast<std::int64_t>(at)) : taken(loop, element);
  }
  return Value::nil();
}

Value loop_reduce(const LoopOp& loop, Frame& frame) {
  Value* const scope = frame.registers + loop.plan.registers;
  const Source source = open_source(loop, frame);
  bool started = false;
  if (loop.plan.extra != nullptr) {
    scope[kAccumulatorRegister] = loop.plan.extra->run(loop.plan.extra, frame);
    started = true;
  }
  std::int64_t index = 0;
  each(loop, source, frame, [&](const Value& element, std::size_t) {
    if (started) {
      scope[kElementRegister] = element;
      if (loop.plan.uses_index) scope[kIndexRegister] = Value::integer(index);
      scope[kAccumulatorRegister] = loop.plan.body->run(loop.plan.body, frame);
    } else {
      scope[kAccumulatorRegister] = taken(loop, element);
      started = true;
    }
    ++index;
    return true;
  });
  if (!started) fail_at(&loop, "reduce of empty array with no initial value");
  return scope[kAccumulatorRegister];
}

Value loop_group_by(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  const std::size_t mark = frame.stack.size();
  each(loop, source, frame, [&](const Value& element, std::size_t) {
    const Value key = body_value(loop, element, frame);
    if (key.is(Kind::kArray) || key.is(Kind::kMap)) {
      fail_at(&loop, fmt::format("cannot use {} as a key for groupBy", kind_name(key.kind())));
    }
    frame.stack.push_back(key.as_key());
    frame.stack.push_back(taken(loop, element));
    return true;
  });
  const std::span<const Value> pairs(frame.stack.data() + mark, frame.stack.size() - mark);
  const Value result = placed(&loop, [&] { return group(pairs, frame.arena); });
  frame.stack.resize(mark);
  return result;
}

Value loop_sort_by(const LoopOp& loop, Frame& frame) {
  const Source source = open_source(loop, frame);
  bool descending = false;
  if (loop.plan.extra != nullptr) {
    const Value order = loop.plan.extra->run(loop.plan.extra, frame);
    descending = placed(&loop, [&] { return is_descending(order); });
  }
  const std::span<Keyed> keyed = placed(&loop, [&] { return frame.arena.array<Keyed>(source.size); });
  each(loop, source, frame, [&](const Value& element, std::size_t i) {
    keyed[i] = {body_value(loop, element, frame), taken(loop, element)};
    return true;
  });
  return placed(&loop, [&] {
    sort_keyed(keyed, descending);
    const std::span<Value> sorted = frame.arena.array<Value>(keyed.size());
    for (std::size_t i = 0; i < keyed.size(); ++i) sorted[i] = keyed[i].element;
    return Value::array(sorted);
  });
}

// Runs the loop; where it fails within stages, the loops one after the other.
template <auto F>
auto run_loop(const Op* op, Frame& frame) -> decltype(F(as<LoopOp>(op), frame)) {
  using Result = decltype(F(as<LoopOp>(op), frame));
  const auto& loop = as<LoopOp>(op);
  const auto exactly = [&]() -> Result {
    const Op* exact = loop.plan.exact;
    if constexpr (std::is_same_v<Result, bool>) {
      return exact->run_bool(exact, frame);
    } else {
      return exact->run(exact, frame);
    }
  };
  if (loop.plan.exact == nullptr) return F(loop, frame);
  if (frame.exact) return exactly();
  const std::size_t mark = frame.stack.size();
  try {
    return F(loop, frame);
  } catch (const RunFailure& failure) {
    if (failure.limit) throw;
  }
  frame.stack.resize(mark);
  frame.exact = true;
  const Result result = exactly();
  frame.exact = false;
  return result;
}

template <auto F>
Op* new_loop(Site site, const LoopPlan& plan) {
  LoopOp* op = nullptr;
  if constexpr (std::is_same_v<decltype(F(*op, std::declval<Frame&>())), bool>) {
    op = new_bool_op<LoopOp>(site, run_loop<F>);
  } else {
    op = new_value_op<LoopOp>(site, run_loop<F>);
  }
  op->plan = plan;
  op->range = as_range(plan.source);
  return op;
}

}  // namespace

bool takes_stages(Loop loop) {
  switch (loop) {
    case Loop::kFilter:
    case Loop::kMap:
    case Loop::kCount:
    case Loop::kSum:
    case Loop::kReduce:
    case Loop::kGroupBy: return true;
    default: return false;
  }
}

// In wrapping arithmetic, as adding one by one would be.
Value sum_of_range(std::int64_t first, std::uint64_t size) {
  const auto pairs = size * (size - 1) / 2;
  return Value::integer(static_cast<std::int64_t>(size * static_cast<std::uint64_t>(first) + pairs));
}

LoopParts loop_parts(const Op* loop) {
  const LoopPlan* plan = &as<LoopOp>(loop).plan;
  if (plan->exact != nullptr) plan = &as<LoopOp>(plan->exact).plan;
  return {plan->source, plan->body, plan->registers};
}

Op* make_loop(Site site, const LoopPlan& plan) {
  switch (plan.loop) {
    case Loop::kAll: return new_loop<loop_quantifier<Quantifier::kAll>>(site, plan);
    case Loop::kNone: return new_loop<loop_quantifier<Quantifier::kNone>>(site, plan);
    case Loop::kAny: return new_loop<loop_quantifier<Quantifier::kAny>>(site, plan);
    case Loop::kOne: return new_loop<loop_quantifier<Quantifier::kOne>>(site, plan);
    case Loop::kFilter: return new_loop<loop_filter>(site, plan);
    case Loop::kMap: return new_loop<loop_map>(site, plan);
    case Loop::kCount: return new_loop<loop_count>(site, plan);
    case Loop::kSum: return new_loop<loop_sum>(site, plan);
    case Loop::kFind: return new_loop<loop_find<false, false>>(site, plan);
    case Loop::kFindIndex: return new_loop<loop_find<false, true>>(site, plan);
    case Loop::kFindLast: return new_loop<loop_find<true, false>>(site, plan);
    case Loop::kFindLastIndex: return new_loop<loop_find<true, true>>(site, plan);
    case Loop::kGroupBy: return new_loop<loop_group_by>(site, plan);
    case Loop::kSortBy: return new_loop<loop_sort_by>(site, plan);
    case Loop::kReduce: return new_loop<loop_reduce>(site, plan);
  }
  return nullptr;
}

}  // namespace fas::expr
