#include "engine/reconcile/executor.h"

#include <algorithm>
#include <charconv>

#include "differ/guard.h"
#include "engine/base/check.h"
#include "engine/base/mark.h"
#include "engine/reconcile/policy.h"

namespace gitops {
namespace {

std::chrono::milliseconds TimeoutOf(const Step& step, const ExecutionRequest& request) {
  const auto declared = step.parameters.find("timeout_seconds");
  if (declared != step.parameters.end()) {
    long long seconds = 0;
    const std::string& text = declared->second;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (parsed.ec == std::errc() && seconds > 0) return std::chrono::seconds(seconds);
  }
  return step.nature == StepNature::kHook ? request.hook_timeout : request.step_timeout;
}

Error Redacted(Error error, const Redactor& redactor) {
  for (Diagnostic& diagnostic : error.diagnostics) {
    diagnostic.detail = redactor.Redact(diagnostic.detail);
    diagnostic.hint = redactor.Redact(diagnostic.hint);
  }
  return error;
}

bool IsDone(ActionStatus status) {
  return status == ActionStatus::kSucceeded || status == ActionStatus::kSkipped;
}

}  // namespace

/// Where one execution stands.
struct Executor::Walk {
  const ExecutionRequest& request;
  const Observer& observer;
  OutputsByStep outputs;
  ExecutionResult result;
  bool any_succeeded = false;

  Walk(const ExecutionRequest& request_in, const Observer& observer_in)
      : request(request_in), observer(observer_in) {
    for (const RecordedStep& step : request.recorded.steps) {
      outputs[step.step.address] = step.outputs;
    }
    result.actions = request.run.actions;
    for (std::size_t i = 0; i < request.first_action; ++i) {
      any_succeeded |= result.actions[i].status == ActionStatus::kSucceeded;
    }
  }

  const Outputs& OutputsOf(const StepAddress& address) const {
    static const Outputs kNone;
    const auto found = outputs.find(address);
    return found == outputs.end() ? kNone : found->second;
  }

  /// The step as it is recorded after a success.
  RecordedStep Recorded(const Action& action, Outputs made) const {
    RecordedStep recorded;
    recorded.step = WithConsumedOutputs(action.step, outputs);
    recorded.outputs = std::move(made);
    recorded.run = request.run.id;
    return recorded;
  }
};

Result<ExecutionResult> Executor::Execute(const ExecutionRequest& request, const Observer& observer,
                                          std::stop_token stop) {
  const std::vector<Action>& actions = request.run.plan.actions;
  CHECK(request.run.actions.size() == actions.size());
  CHECK(request.first_action <= actions.size());
  Walk walk(request, observer);
  for (std::size_t i = request.first_action; i < actions.size(); ++i) {
    if (stop.stop_requested() || request.pause.stop_requested()) {
      walk.result.cancelled = true;
      break;
    }
    if (!GuardIsOpen(actions[i], request.recorded.Find(actions[i].step.address), walk.outputs,
                     walk.any_succeeded)) {
      REACHED("executor: a guard stays closed");
      walk.result.finished.push_back({i, {ActionStatus::kSkipped, {}, {}}});
      walk.result.actions[i].status = ActionStatus::kSkipped;
      observer(request.run, i, walk.result.actions[i]);
      continue;
    }
    RETURN_IF_ERROR(RunAction(walk, i, stop));
    if (walk.result.cancelled || !IsDone(walk.result.actions[i].status)) break;
  }
  if (walk.result.cancelled) RETURN_IF_ERROR(Journal(walk.result.finished, request.run.id));
  return std::move(walk.result);
}

Status Executor::Journal(std::vector<FinishedAction>& finished, RunId run) {
  for (const FinishedAction& each : finished) {
    RETURN_IF_ERROR(store_.MarkFinished(run, each.action, each.outcome));
  }
  finished.clear();
  return {};
}

Status Executor::Start(Walk& walk, std::size_t index) {
  const RunId run = walk.request.run.id;
  std::vector<FinishedAction>& finished = walk.result.finished;
  if (walk.request.first_is_started && index == walk.request.first_action) return {};
  if (finished.empty()) return store_.MarkStarted(run, index);
  RETURN_IF_ERROR(store_.MarkGoneOn(run, finished, index));
  finished.clear();
  return {};
}

Status Executor::RunAction(Walk& walk, std::size_t index, std::stop_token stop) {
  const Run& run = walk.request.run;
  const Action& action = run.plan.actions[index];
  ActionRecord& record = walk.result.actions[index];
  const bool has_happened = walk.request.first_has_happened && index == walk.request.first_action;

  RETURN_IF_ERROR(Start(walk, index));
  record.status = ActionStatus::kRunning;
  record.started = clock_.Now();
  walk.observer(run, index, record);

  walk.result.touched_anything = true;
  Status journal;
  Result<Outputs> made =
      has_happened ? Result<Outputs>(Outputs()) : CarryOut(walk, index, journal, stop);
  RETURN_IF_ERROR(std::move(journal));
  if (!made && made.error().kind == ErrorKind::kCancelled) {
    // Left as started: the next start observes it and decides.
    walk.result.cancelled = true;
    return {};
  }
  if (!made) made = Redacted(std::move(made).error(), walk.request.redactor);
  if (!made && action.step.optional) {
    Error error = std::move(made).error();
    Diagnostic warning = error.primary();
    warning.severity = Severity::kWarning;
    warning.subject = action.step.address.ToString();
    walk.result.warnings.push_back(std::move(warning));
    made = Outputs();
  }

  ActionOutcome outcome;
  if (made) {
    outcome.status = ActionStatus::kSucceeded;
    walk.any_succeeded = true;
    if (action.kind == ActionKind::kDelete) {
      walk.outputs.erase(action.step.address);
    } else {
      walk.outputs[action.step.address] = *made;
      outcome.recorded = walk.Recorded(action, *std::move(made));
    }
  } else {
    outcome.status = made.error().kind == ErrorKind::kUnknownOutcome ? ActionStatus::kUnknown
                                                                     : ActionStatus::kFailed;
    if (outcome.status == ActionStatus::kUnknown) REACHED("executor: nobody knows what happened");
    outcome.error = made.error();
    walk.result.error = std::move(made).error().WithContext(action.step.address.ToString());
  }
  record.status = outcome.status;
  record.error = outcome.error;
  walk.result.finished.push_back({index, std::move(outcome)});
  record.finished = clock_.Now();
  walk.observer(run, index, record);
  return {};
}

Result<Outputs> Executor::CarryOut(Walk& walk, std::size_t index, Status& journal,
                                   std::stop_token stop) {
  const Action& action = walk.request.run.plan.actions[index];
  const auto destroy = [&](Driver& driver, const StepContext& context) -> Result<Outputs> {
    RETURN_IF_ERROR(driver.Destroy(context, stop));
    return Outputs();
  };
  const std::string note = std::string(ToString(action.kind)) + " (" + action.reason.text + ")";
  if (action.kind == ActionKind::kDelete) {
    return CallDriver(walk, action.step, note, destroy, stop);
  }
  const RecordedStep* old = walk.request.recorded.Find(action.step.address);
  if (action.kind == ActionKind::kReplace && old != nullptr &&
      old->step.driver != action.step.driver) {
    // What another driver made is removed by that driver before the new one makes its own. The
    // record has to follow at once: from here on only the new one has something to remove.
    RETURN_IF_ERROR(CallDriver(walk, old->step, "remove what driver " + old->step.driver + " made",
                               destroy, stop));
    REACHED("executor: what another driver made is removed");
    journal = store_.MarkReplaced(walk.request.run.id, index);
    if (!journal) return Outputs();
    walk.outputs.erase(action.step.address);
  }
  return CallDriver(
      walk, action.step, note,
      [&](Driver& driver, const StepContext& context) { return driver.Apply(context, stop); },
      stop);
}

Result<Outputs> Executor::CallDriver(Walk& walk, const Step& step, const std::string& note,
                                     const DriverCall& call, std::stop_token stop) {
  const ExecutionRequest& request = walk.request;
  Driver* driver = drivers_.Find(step.driver);
  if (driver == nullptr) {
    return MakeError(
        ErrorKind::kInvalid, "no such driver",
        "this version has no driver \"" + step.driver + "\" for " + step.address.ToString(),
        "use the version that made it, or a provider that this version supports");
  }
  const StepContext context{.app = request.run.plan.app,
                            .revision = request.run.plan.revision,
                            .app_version = request.run.plan.app_version,
                            .step = step,
                            .app_tree = request.app_tree,
                            .pattern_tree = request.pattern_tree,
                            .variables = request.variables,
                            .outputs = walk.outputs,
                            .previous = walk.OutputsOf(step.address),
                            .run = request.run.id,
                            .log = request.log,
                            .timeout = TimeoutOf(step, request)};
  for (int attempt = 1;; ++attempt) {
    request.log.Note(step.address.ToString() + ": " + note);
    Result<Outputs> made = call(*driver, context);
    if (made || made.error().kind != ErrorKind::kTransient || attempt >= kActionAttempts) {
      return made;
    }
    REACHED("executor: a driver is asked again");
    request.log.Note("it may work later (" + made.error().ToString() + "); trying again");
    sleeper_.Sleep(ActionRetryDelay(attempt), stop);
    if (stop.stop_requested()) {
      return MakeError(ErrorKind::kCancelled, "stopped", "a stop was requested");
    }
  }
}

}  // namespace gitops
