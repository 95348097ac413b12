#include "engine/drivers/healthcheck_driver.h"

#include <charconv>

#include "engine/drivers/http_probe.h"
#include "engine/drivers/step_parameters.h"
#include "engine/drivers/tcp_probe.h"

namespace gitops {
namespace {

using std::chrono::milliseconds;

std::int64_t NumberOr(const std::string& text, std::int64_t otherwise) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number
                                                                                : otherwise;
}

std::string Name(const HealthProbe& probe) {
  switch (probe.kind) {
    case ProbeKind::kHttp:
      return "http " + probe.target;
    case ProbeKind::kTcp:
      return "tcp " + probe.target;
    case ProbeKind::kCommand:
      return "command " + probe.target;
  }
  return probe.target;
}

bool IsFinal(const Error& error) {
  return error.kind == ErrorKind::kCancelled || error.kind == ErrorKind::kNotFound;
}

/// A health check has no effect, so nothing about its outcome is unknown: it is unhealthy.
Error Unhealthy(const std::string& what, const Error& why, const std::string& hint) {
  if (why.kind == ErrorKind::kCancelled) return why;
  return MakeError(ErrorKind::kInvalid, "the app is not healthy",
                   what + ": " + why.primary().summary + ": " + why.primary().detail, hint);
}

Error Stopped() {
  return MakeError(ErrorKind::kCancelled, "stopped on request", "during a health check");
}

std::vector<std::string> SplitWords(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = text.find_first_not_of(' '); begin != std::string::npos;) {
    const std::size_t end = text.find(' ', begin);
    words.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(' ', end);
  }
  return words;
}

Status TryHttp(const HealthProbe& probe, std::stop_token stop) {
  const auto target = ParseHttpTarget(probe.target);
  if (!target) {
    return MakeError(ErrorKind::kNotFound, "not an HTTP address",
                     "\"" + probe.target + "\" is not of the form http://host:port/path");
  }
  ASSIGN_OR_RETURN(const int status, HttpGetStatus(*target, probe.timeout, std::move(stop)));
  const bool good =
      probe.expected_status == 0 ? status >= 200 && status < 400 : status == probe.expected_status;
  if (good) return {};
  const std::string wanted =
      probe.expected_status == 0 ? "200 to 399" : std::to_string(probe.expected_status);
  return MakeError(ErrorKind::kTransient, "wrong status",
                   "the answer was " + std::to_string(status) + " instead of " + wanted);
}

}  // namespace

Result<ObservedStep> HealthcheckDriver::Observe(const StepContext& context, std::stop_token stop) {
  ObservedStep observed;
  observed.detail = "no http or tcp probe is declared, and scripts are not run only to look";
  std::string answered;
  for (const HealthProbe& probe : context.step.probes) {
    if (probe.kind == ProbeKind::kCommand) continue;
    const Status status = TryProbe(context, probe, stop);
    if (!status && status.error().kind == ErrorKind::kCancelled) return status.error();
    if (!status) {
      const Diagnostic& why = status.error().primary();
      observed.observation = Observation::kDiffers;
      observed.detail = Name(probe) + ": " + why.summary + ": " + why.detail;
      return observed;
    }
    observed.observation = Observation::kPresent;
    answered += (answered.empty() ? "" : ", ") + Name(probe);
  }
  if (!answered.empty()) observed.detail = answered + ": healthy";
  return observed;
}

Result<Outputs> HealthcheckDriver::Apply(const StepContext& context, std::stop_token stop) {
  const std::string script = Parameter(context.step, "script");
  if (!script.empty()) RETURN_IF_ERROR(CheckScript(context, script, stop));
  for (const HealthProbe& probe : context.step.probes) {
    RETURN_IF_ERROR(CheckProbe(context, probe, stop));
  }
  return Outputs{};
}

Status HealthcheckDriver::Destroy(const StepContext&, std::stop_token) { return {}; }

bool HealthcheckDriver::IsOver(const StepContext& context, MonotonicTime begin) const {
  return context.timeout.count() > 0 && options_.clock.MonotonicNow() - begin >= context.timeout;
}

Status HealthcheckDriver::CheckScript(const StepContext& context, const std::string& script,
                                      std::stop_token stop) const {
  const std::int64_t attempts = NumberOr(Parameter(context.step, "attempts"), 30);
  const milliseconds interval(NumberOr(Parameter(context.step, "interval_ms"), 1000));
  const MonotonicTime begin = options_.clock.MonotonicNow();
  HookRequest request;
  request.hook = "healthcheck";
  request.script = script;
  for (std::int64_t attempt = 1;; ++attempt) {
    request.timeout = context.timeout;
    if (context.timeout.count() > 0) {
      request.timeout -= options_.clock.MonotonicNow() - begin;
      request.timeout = std::max(request.timeout, milliseconds(1));
    }
    const Status status = runner_.Run(context, request, stop);
    if (status) return {};
    const milliseconds passed = options_.clock.MonotonicNow() - begin;
    if (IsFinal(status.error()) || status.error().kind == ErrorKind::kUnknownOutcome ||
        attempt >= attempts || passed >= interval * attempts || IsOver(context, begin)) {
      return Unhealthy("after " + std::to_string(attempt) + " attempts", status.error(),
                       "see the whole output with `tfgrid-compose logs`");
    }
    if (!options_.sleeper.Sleep(interval, stop)) return Stopped();
  }
}

Status HealthcheckDriver::CheckProbe(const StepContext& context, const HealthProbe& probe,
                                     std::stop_token stop) const {
  const MonotonicTime begin = options_.clock.MonotonicNow();
  int failures = 0;
  int successes = 0;
  while (true) {
    const Status status = TryProbe(context, probe, stop);
    if (status) {
      if (++successes >= probe.successes) break;
    } else {
      successes = 0;
      ++failures;
      if (failures == 1) context.log.Note(Name(probe) + ": " + status.error().ToString());
      if (IsFinal(status.error()) || failures > probe.retries || IsOver(context, begin)) {
        return Unhealthy(Name(probe) + " after " + std::to_string(failures) + " failed attempts",
                         status.error(), "see the app's own output with `tfgrid-compose logs`");
      }
    }
    if (!options_.sleeper.Sleep(probe.interval, stop)) return Stopped();
  }
  context.log.Note(Name(probe) + ": healthy");
  return {};
}

Status HealthcheckDriver::TryProbe(const StepContext& context, const HealthProbe& probe,
                                   std::stop_token stop) const {
  if (stop.stop_requested()) return Stopped();
  switch (probe.kind) {
    case ProbeKind::kHttp:
      return TryHttp(probe, std::move(stop));
    case ProbeKind::kTcp:
      return TryTcpConnect(probe.target, probe.timeout, std::move(stop));
    case ProbeKind::kCommand:
      break;
  }
  std::vector<std::string> words = SplitWords(probe.target);
  if (words.empty()) {
    return MakeError(ErrorKind::kNotFound, "no command", "the probe's command is empty");
  }
  HookRequest request;
  request.hook = "healthcheck";
  request.script = words.front();
  request.arguments.assign(words.begin() + 1, words.end());
  request.timeout = probe.timeout;
  return runner_.Run(context, request, std::move(stop));
}

}  // namespace gitops
