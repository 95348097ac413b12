#include "engine/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

namespace gitops {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string JsonText(std::string_view text) {
  std::string result = "\"";
  for (const char c : EscapeLine(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

}  // namespace

struct Log::Impl {
  spdlog::logger logger{"tfgrid-compose", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  LogFormat format = LogFormat::kText;
  std::mutex mutex;  ///< Guards `redactor`.
  Redactor redactor;

  std::string Redact(std::string_view text) {
    const std::lock_guard lock(mutex);
    return redactor.Redact(text);
  }
};

Log::Log(LogLevel level, LogFormat format) : impl_(std::make_unique<Impl>()) {
  impl_->format = format;
  impl_->logger.set_level(ToSpdlog(level));
  impl_->logger.flush_on(spdlog::level::trace);
  if (format == LogFormat::kJson) {
    impl_->logger.set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                              spdlog::pattern_time_type::utc);
  } else {
    impl_->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  }
}

Log::~Log() = default;

void Log::Write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) {
  if (!impl_->logger.should_log(ToSpdlog(level))) return;
  std::string line;
  if (impl_->format == LogFormat::kJson) {
    line = "\"message\":" + JsonText(impl_->Redact(message));
    for (const auto& [key, value] : fields) {
      line += "," + JsonText(key) + ":" + JsonText(impl_->Redact(value));
    }
  } else {
    line = EscapeLine(impl_->Redact(message));
    for (const auto& [key, value] : fields) {
      line += " " + std::string(key) + "=" + EscapeLine(impl_->Redact(value));
    }
  }
  impl_->logger.log(ToSpdlog(level), line);
}

void Log::SetRedactor(Redactor redactor) {
  const std::lock_guard lock(impl_->mutex);
  impl_->redactor = std::move(redactor);
}

}  // namespace gitops
