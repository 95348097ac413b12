// Log: the engine's own log on standard error, text or JSON lines. The only file that sees spdlog
// is log.cc. Thread-safe. A Log is made once by the composition root and handed down; there is no
// global.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/redactor.h"

namespace gitops {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

class Log {
 public:
  using Field = std::pair<std::string_view, std::string_view>;

  Log(LogLevel level, LogFormat format);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

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
  std::unique_ptr<Impl> impl_;
};

}  // namespace gitops
