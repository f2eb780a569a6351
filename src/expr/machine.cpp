// Running programs.
#include <chrono>

#include "expr/code.h"
#include "expr/diagnostic.h"

namespace fas::expr {
namespace {

constexpr std::size_t kKeptStack = 4'096;  // values; a larger stack is given back after the run

Time system_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
  return {nanoseconds / 1'000'000'000, static_cast<std::int32_t>(nanoseconds % 1'000'000'000), nullptr};
}

}  // namespace

struct MachineState {
  Arena arena;
  std::vector<Value> registers;
  std::vector<Value> stack;
  std::optional<Time> now;
  std::unique_ptr<Pattern> last_pattern;
  std::string last_pattern_text;
  Context context{arena, {}, nullptr};
  Frame frame{.slots = {},
              .context = context,
              .arena = arena,
              .stack = stack,
              .last_pattern = last_pattern,
              .last_pattern_text = last_pattern_text};

  void prepare(const Code& code, std::span<const Value> slots) {
    arena.reset();
    arena.set_limit(code.limits.memory_bytes);
    stack.clear();
    if (registers.size() < code.registers) registers.resize(code.registers);
    if (code.uses_clock) context.now = now ? *now : system_now();
    frame.slots = slots;
    frame.registers = registers.data();
    frame.code = &code;
    context.steps = code.limits.steps;
    frame.elements = kMostRangeElements;
    frame.exact = false;
  }

  [[gnu::noinline]] static Diagnostic diagnose_few_slots() {
    return diagnose(Diagnostic::Kind::kRun, {}, kNoOffset, "fewer values than the schema has names");
  }

  [[gnu::noinline]] Diagnostic diagnose_run(const Code& code, RunFailure& failure) {
    if (stack.capacity() > kKeptStack) std::vector<Value>().swap(stack);
    return diagnose(Diagnostic::Kind::kRun, code.source, failure.offset, std::move(failure.message));
  }

  // Calls use(root, frame); its result, or what went wrong.
  template <class T, class Use>
  std::expected<T, Diagnostic> run(const Code& code, std::span<const Value> slots, Use use) {
    if (slots.size() < code.least_slots) return std::unexpected(diagnose_few_slots());
    prepare(code, slots);
    try {
      return use(code.root, frame);
    } catch (RunFailure& failure) {
      return std::unexpected(diagnose_run(code, failure));
    }
  }
};

Machine::Machine() : state_(std::make_unique<MachineState>()) {}
Machine::~Machine() = default;
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;

std::expected<Value, Diagnostic> Machine::run(const Program& program, std::span<const Value> slots) {
  const Code& code = program.code();
  if (code.constant) return *code.constant;
  return state_->run<Value>(code, slots, [](const Op* root, Frame& frame) { return root->run(root, frame); });
}

std::expected<double, Diagnostic> Machine::run_float(const Program& program, std::span<const Value> slots) {
  const Code& code = program.code();
  if (code.constant && code.constant->is_number()) return code.constant->to_float();
  return state_->run<double>(code, slots, [](const Op* root, Frame& frame) { return root->run_float(root, frame); });
}

void Machine::set_now(Time now) { state_->now = now; }
void Machine::reset_now() { state_->now.reset(); }

}  // namespace fas::expr
