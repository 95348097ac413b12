// Log: the engine's own log on standard error, text or JSON lines. The only file that sees spdlog
// is log.cc. Thread-safe. A Log is made once by the composition root and handed down; there is no
// global.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/redactor.h"

namespace gitops {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

/// "trace", "debug", "info", "warning", "error", "off".
std::optional<LogLevel> ParseLogLevel(std::string_view text);

class Log {
 public:
  using Field = std::pair<std::string_view, std::string_view>;

  Log(LogLevel level, LogFormat format);

  /// A log that writes to the same place and puts these fields before those of every line: the ids
  /// of a run, a request. It may outlive this one.
  Log With(std::initializer_list<Field> fields) const;

  /// For a configuration that is read after the first lines, or read again.
  void Configure(LogLevel level, LogFormat format);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  Log(Log&&) noexcept;
  Log& operator=(Log&&) = delete;

  /// Text is redacted and escaped here; fields are printed as key=value or as JSON members.
  void Write(LogLevel level, std::string_view message, std::initializer_list<Field> fields = {});

  void Debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kError, message, fields);
  }

  /// Replaces the redactor that all further lines pass through.
  void SetRedactor(Redactor redactor);

 private:
  struct Impl;
  explicit Log(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<Impl> impl_;  ///< Shared with logs that With made.
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace gitops
