// Running programs.
#include <chrono>

#include "expr/code.h"
#include "expr/diagnostic.h"

namespace fas::expr {
namespace {

constexpr std::uint64_t kMostRangeElements = 1'000'000;  // of a run; the reference's memory budget
constexpr std::size_t kKeptStack = 4'096;                // values; a larger stack is given back after the run

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

  // Calls use(root, frame); its result, or what went wrong.
  template <class T, class Use>
  std::expected<T, Diagnostic> run(const Code& code, std::span<const Value> slots, Use use) {
    if (!code.slots.empty() && code.slots.back() >= slots.size()) {
      return std::unexpected(diagnose(Diagnostic::Kind::kRun, {}, kNoOffset, "fewer values than the schema has names"));
    }
    arena.reset();
    arena.set_limit(code.limits.memory_bytes);
    stack.clear();
    if (registers.size() < code.registers) registers.resize(code.registers);
    Context context{arena, {}, nullptr};
    if (code.uses_clock) context.now = now ? *now : system_now();
    Frame frame{.slots = slots,
                .registers = registers.data(),
                .context = context,
                .arena = arena,
                .stack = stack,
                .code = code,
                .steps = code.limits.steps,
                .elements = kMostRangeElements,
                .last_pattern = last_pattern,
                .last_pattern_text = last_pattern_text};
    try {
      return use(code.root, frame);
    } catch (RunFailure& failure) {
      if (stack.capacity() > kKeptStack) std::vector<Value>().swap(stack);
      return std::unexpected(diagnose(Diagnostic::Kind::kRun, code.source, failure.offset, std::move(failure.message)));
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
