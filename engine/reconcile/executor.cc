#include "engine/reconcile/executor.h"

#include <algorithm>
#include <charconv>

#include "differ/guard.h"
#include "engine/base/check.h"
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
    if (stop.stop_requested()) {
      walk.result.cancelled = true;
      break;
    }
    if (!GuardIsOpen(actions[i], request.recorded.Find(actions[i].step.address), walk.outputs,
                     walk.any_succeeded)) {
      RETURN_IF_ERROR(store_.MarkFinished(request.run.id, i, {ActionStatus::kSkipped, {}, {}}));
      walk.result.actions[i].status = ActionStatus::kSkipped;
      observer(request.run, i, walk.result.actions[i]);
      continue;
    }
    RETURN_IF_ERROR(RunAction(walk, i, stop));
    if (walk.result.cancelled || !IsDone(walk.result.actions[i].status)) break;
  }
  return std::move(walk.result);
}

Status Executor::RunAction(Walk& walk, std::size_t index, std::stop_token stop) {
  const Run& run = walk.request.run;
  const Action& action = run.plan.actions[index];
  ActionRecord& record = walk.result.actions[index];
  const bool has_happened = walk.request.first_has_happened && index == walk.request.first_action;

  RETURN_IF_ERROR(store_.MarkStarted(run.id, index));
  record.status = ActionStatus::kRunning;
  record.started = clock_.Now();
  walk.observer(run, index, record);

  walk.result.touched_anything = true;
  Result<Outputs> made = has_happened ? Result<Outputs>(Outputs()) : CallDriver(walk, action, stop);
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
    outcome.error = made.error();
    walk.result.error = std::move(made).error().WithContext(action.step.address.ToString());
  }
  RETURN_IF_ERROR(store_.MarkFinished(run.id, index, outcome));
  record.status = outcome.status;
  record.error = outcome.error;
  record.finished = clock_.Now();
  walk.observer(run, index, record);
  return {};
}

Status Executor::DestroyReplaced(const StepContext& context, const RecordedState& recorded_state,
                                 std::stop_token stop) {
  const RecordedStep* recorded = recorded_state.Find(context.step.address);
  if (recorded == nullptr || recorded->step.driver == context.step.driver) return {};
  Driver* old_driver = drivers_.Find(recorded->step.driver);
  if (old_driver == nullptr) {
    return MakeError(ErrorKind::kInvalid, "no such driver",
                     "this version has no driver \"" + recorded->step.driver +
                         "\" to remove what it made of " + context.step.address.ToString(),
                     "take the app down with the version that made it");
  }
  context.log.Note(context.step.address.ToString() + ": remove what driver " +
                   recorded->step.driver + " made");
  const StepContext old_context{.app = context.app,
                                .revision = context.revision,
                                .app_version = context.app_version,
                                .step = recorded->step,
                                .app_tree = context.app_tree,
                                .pattern_tree = context.pattern_tree,
                                .variables = context.variables,
                                .outputs = context.outputs,
                                .previous = context.previous,
                                .run = context.run,
                                .log = context.log,
                                .timeout = context.timeout};
  return old_driver->Destroy(old_context, std::move(stop));
}

Result<Outputs> Executor::CallDriver(Walk& walk, const Action& action, std::stop_token stop) {
  const ExecutionRequest& request = walk.request;
  Driver* driver = drivers_.Find(action.step.driver);
  if (driver == nullptr) {
    return MakeError(ErrorKind::kInvalid, "no such driver",
                     "this version has no driver \"" + action.step.driver + "\" for " +
                         action.step.address.ToString(),
                     "use a provider that this version supports");
  }
  const StepContext context{.app = request.run.plan.app,
                            .revision = request.run.plan.revision,
                            .app_version = request.run.plan.app_version,
                            .step = action.step,
                            .app_tree = request.app_tree,
                            .pattern_tree = request.pattern_tree,
                            .variables = request.variables,
                            .outputs = walk.outputs,
                            .previous = walk.OutputsOf(action.step.address),
                            .run = request.run.id,
                            .log = request.log,
                            .timeout = TimeoutOf(action.step, request)};
  if (action.kind == ActionKind::kReplace) {
    RETURN_IF_ERROR(DestroyReplaced(context, request.recorded, stop));
  }
  for (int attempt = 1;; ++attempt) {
    request.log.Note(action.step.address.ToString() + ": " + std::string(ToString(action.kind)) +
                     " (" + action.reason.text + ")");
    Result<Outputs> made = Outputs();
    if (action.kind == ActionKind::kDelete) {
      if (Status gone = driver->Destroy(context, stop); !gone) made = std::move(gone).error();
    } else {
      made = driver->Apply(context, stop);
    }
    if (made || made.error().kind != ErrorKind::kTransient || attempt >= kActionAttempts) {
      return made;
    }
    request.log.Note("it may work later (" + made.error().ToString() + "); trying again");
    sleeper_.Sleep(ActionRetryDelay(attempt), stop);
    if (stop.stop_requested()) {
      return MakeError(ErrorKind::kCancelled, "stopped", "a stop was requested");
    }
  }
}

}  // namespace gitops
