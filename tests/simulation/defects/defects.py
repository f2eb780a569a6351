"""Bugs on purpose, each of which the simulation has to find. `text` is replaced by `mutant` while the defect is chosen;
it has to occur once, or once within `within`, which occurs once. Both are expressions, or with `statement` statements."""


class Edit:
    def __init__(self, file, text, mutant, within=None, statement=False):
        self.file, self.text, self.mutant = file, text, mutant
        self.within, self.statement = within or text, statement


DEFECTS = {
    # creates
    "new name after a lost create": [
        Edit("scale/plan.cpp", "create.id.empty() && std::ssize(result) < count", "false"),
    ],
    "unlisted creates do not count": [
        Edit("scale/standing.cpp", "counts.created + unlisted", "counts.created"),
    ],
    "a change is sent again after 5xx": [
        Edit("net/retry.cpp", "effect_ == Effect::kRead", "true", within="case ErrorKind::kUnknownOutcome: return effect_ == Effect::kRead;"),
    ],
    "a full region is tried for ever": [
        Edit("control/actuator.cpp", "full_.insert(outcome.region);", ";", statement=True),
    ],
    # who may be touched
    "starting counts as not started": [
        Edit("scale/fleet.cpp", "is_up(machine.state) || is_launching(machine, now)", "is_launching(machine, now)"),
    ],
    "leases do not matter": [
        Edit("scale/candidates.cpp", "machine.leased", "false", within="machine.state != state || machine.leased ||"),
    ],
    "every process group is ours": [
        Edit("control/fleet_view.cpp", "machine.process_group != process_group", "false"),
    ],
    "own actions are forgotten at once": [
        Edit("scale/decision.cpp", "!decision.memory.touched.empty()", "false"),
    ],
    "running machines are destroyed before stopping ones": [
        Edit("scale/plan.cpp", "wanted -= stopping;", ";", statement=True),
    ],
    "what is left stopped stays so": [
        Edit("scale/decision.cpp", "wants_all(shaped.wanted, standings)", "false"),
    ],
    "a lost lease counts as a destroyed machine": [
        Edit("control/machine_actions.cpp", "MachineState::kUnknown", "MachineState::kDestroying",
             within="co_return failed(std::move(held.error()), MachineState::kUnknown);\n    if (machine_.state"),
        Edit("control/machine_actions.cpp", "error.kind == ErrorKind::kUnknownOutcome || error.kind == ErrorKind::kMalformed", "false"),
    ],
    "busy machines are stopped": [
        Edit("scale/plan.cpp", "busy != scene.ranks.busy.end() && busy->second > 0", "false"),
    ],
    "the last machine may go": [
        Edit("scale/plan.cpp", "std::min(have - want, have - 1)", "have - want"),
        Edit("scale/evaluate.cpp", "std::max(*count, least)", "*count"),
    ],
    # when
    "a release does not hold": [
        Edit("control/reconciler.cpp", "*running", "false", within="  if (*running) {\n    hold"),
    ],
    "the fallback comes at once": [
        Edit("scale/decision.cpp", "memory.failures < policy.fallback_after()", "false"),
    ],
    "the memory is not restored": [
        Edit("control/reconciler.cpp", "app.restored", "true", within="if (app.restored) return;"),
    ],
    "a clock that was set is not noticed": [
        Edit("control/app_state.cpp", "step > kDrift || step < -kDrift", "false"),
    ],
    "faster than the API allows": [
        Edit("net/rate_limiter.cpp", "turn <= clock_.now()", "true"),
    ],
    # how far
    "the cooldown is a little short": [
        Edit("scale/step.cpp", "now - *last < rules.cooldown", "now - *last < rules.cooldown - std::chrono::seconds(5)"),
    ],
    "the window up takes the highest": [
        Edit("scale/shape.cpp", "Extreme::kLowest", "Extreme::kHighest",
             within="windows.min.add(now, *asked.min, length, Extreme::kLowest, standing.up)"),
    ],
    "the window down takes the lowest": [
        Edit("scale/shape.cpp", "Extreme::kHighest", "Extreme::kLowest",
             within="windows.max.add(now, *asked.max, length, Extreme::kHighest, standing.down)"),
    ],
    "the windows remember each other's results": [
        Edit("scale/shape.cpp", "*asked.max", "*bounds.max", within="windows.max.add(now, *asked.max, length,"),
    ],
    "steps do not count own changes": [
        Edit("scale/step.cpp", "since(changes, axis, now, policy.period)", "Movement{}"),
    ],
    "the budget does not matter": [
        Edit("scale/plan.cpp", "rules.max_actions == 0 || plan.count <= rules.max_actions", "true"),
    ],
    "the tolerance does not matter": [
        Edit("scale/shape.cpp", "behavior.tolerance > 0", "false"),
    ],
    "the floor wins where it crosses the ceiling": [
        Edit("scale/plan.cpp", "std::min(*bounds.min, *bounds.max)", "*bounds.min"),
    ],
    # afterwards
    "what was done is not recorded": [
        Edit("control/reconciler.cpp", "if (quiet) return;", "return;", statement=True),
    ],
}
