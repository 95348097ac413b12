// DaemonObserver: hears what a daemon does while it does it: for logs, metrics, notifications and
// streams. What must not be lost is in the store; this is for those who are there.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/base/error.h"
#include "engine/model/app_id.h"
#include "engine/model/report.h"
#include "engine/reconcile/engine.h"

namespace gitops {

/// One look at a source has ended.
struct LookNews {
  std::string source;
  SourceReport report;
  std::size_t touched = 0;     ///< Apps whose directory is new, changed or gone.
  std::size_t to_work_on = 0;  ///< Apps that were handed on.
  bool recorded = false;       ///< Its result is in the store.
  std::chrono::milliseconds duration{0};
};

/// One piece of work on an app has ended.
struct AppNews {
  AppReport report;
  std::optional<Error> error;           ///< It could not be worked on: store, repository, a stop.
  bool worked = false;                  ///< A run was begun or taken up.
  std::chrono::milliseconds waited{0};  ///< From when it might have begun.
  std::chrono::milliseconds duration{0};
};

/// Everything else that a person may want to know: reloads, draining, what went wrong.
struct DaemonNotice {
  Severity severity = Severity::kNote;
  std::string type;     ///< Stable, as Event::type: "daemon.ready", "daemon.reloaded", ….
  std::string source;   ///< "" when it concerns none.
  std::string message;  ///< One line or several; redacted.
};

/// Called from several threads, several calls at a time; must be quick and must not call the daemon
/// back.
class DaemonObserver {
 public:
  virtual ~DaemonObserver() = default;
  virtual void OnLook(const LookNews& news) { static_cast<void>(news); }
  virtual void OnApp(const AppNews& news) { static_cast<void>(news); }
  virtual void OnProgress(const Progress& progress) { static_cast<void>(progress); }
  virtual void OnNotice(const DaemonNotice& notice) { static_cast<void>(notice); }
};

}  // namespace gitops
