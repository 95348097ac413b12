#include "engine/cli/daemon_log.h"

#include <string>

namespace gitops {
namespace {

std::string Milliseconds(std::chrono::milliseconds duration) {
  return std::to_string(duration.count());
}

LogLevel LevelOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return LogLevel::kError;
    case Severity::kWarning:
      return LogLevel::kWarning;
    case Severity::kNote:
      break;
  }
  return LogLevel::kInfo;
}

}  // namespace

void DaemonLog::OnLook(const LookNews& news) {
  const std::string took = Milliseconds(news.duration);
  if (news.report.error) {
    log_.Warning("source cannot be read: " + news.report.error->ToString(),
                 {{"source", news.source}, {"ms", took}});
    return;
  }
  const std::string revision = news.report.revision.Short();
  const std::string touched = std::to_string(news.touched);
  // Of a source where nothing happens, a line each minute would hide everything else.
  log_.Write(news.report.changed ? LogLevel::kInfo : LogLevel::kDebug,
             news.report.changed ? "source moved" : "nothing new",
             {{"source", news.source}, {"revision", revision}, {"apps", touched}, {"ms", took}});
}

void DaemonLog::OnApp(const AppNews& news) {
  const AppReport& report = news.report;
  const std::string app = report.app.ToString();
  const std::string run = std::to_string(report.run);
  const std::string took = Milliseconds(news.duration);
  if (news.error && news.error->kind == ErrorKind::kCancelled) {
    log_.Warning("work was interrupted", {{"app", app}});
    return;
  }
  const bool failed = report.failed || news.error.has_value();
  const LogLevel level = failed        ? LogLevel::kError
                         : news.worked ? LogLevel::kInfo
                                       : LogLevel::kDebug;
  const std::string what = failed        ? "app failed: " + report.reason
                           : news.worked ? "app applied"
                                         : "app needs nothing: " + report.reason;
  WriteOfRun(report.run, level, what,
             {{"app", app},
              {"run", run},
              {"verdict", ToString(report.verdict)},
              {"sync", ToString(report.sync)},
              {"health", ToString(report.health)},
              {"ms", took}});
}

void DaemonLog::OnProgress(const Progress& progress) {
  if (progress.kind != Progress::Kind::kActionFinished) return;
  WriteOfRun(
      progress.run, progress.failed ? LogLevel::kWarning : LogLevel::kDebug,
      "step " + progress.detail,
      {{"app", progress.subject}, {"run", std::to_string(progress.run)}, {"step", progress.step}});
}

void DaemonLog::WriteOfRun(RunId run, LogLevel level, std::string_view message,
                           std::initializer_list<Log::Field> fields) {
  const std::string request = requests_.Of(run);
  if (request.empty()) return log_.Write(level, message, fields);
  log_.With({{"request", request}}).Write(level, message, fields);
}

void DaemonLog::OnNotice(const DaemonNotice& notice) {
  if (notice.source.empty()) {
    log_.Write(LevelOf(notice.severity), notice.message, {{"event", notice.type}});
    return;
  }
  log_.Write(LevelOf(notice.severity), notice.message,
             {{"event", notice.type}, {"source", notice.source}});
}

}  // namespace gitops
