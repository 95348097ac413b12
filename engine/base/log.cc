#include "engine/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <mutex>
#include <shared_mutex>

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
  std::shared_mutex form;  ///< Guards how lines are written: `format` and the logger's pattern.
  LogFormat format = LogFormat::kText;
  std::mutex mutex;  ///< Guards `redactor`.
  Redactor redactor;

  std::string Redact(std::string_view text) {
    const std::lock_guard lock(mutex);
    return redactor.Redact(text);
  }
};

std::optional<LogLevel> ParseLogLevel(std::string_view text) {
  constexpr std::array<std::string_view, 6> kNames{"trace",   "debug", "info",
                                                   "warning", "error", "off"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

Log::Log(LogLevel level, LogFormat format) : impl_(std::make_shared<Impl>()) {
  impl_->logger.flush_on(spdlog::level::trace);
  Configure(level, format);
}

Log::~Log() = default;
Log::Log(Log&&) noexcept = default;

Log Log::With(std::initializer_list<Field> fields) const {
  Log log(impl_);
  log.fields_ = fields_;
  for (const auto& [key, value] : fields) log.fields_.emplace_back(key, value);
  return log;
}

void Log::Configure(LogLevel level, LogFormat format) {
  const std::unique_lock lock(impl_->form);
  impl_->format = format;
  impl_->logger.set_level(ToSpdlog(level));
  if (format == LogFormat::kJson) {
    impl_->logger.set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                              spdlog::pattern_time_type::utc);
  } else {
    impl_->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  }
}

void Log::Write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) {
  if (!impl_->logger.should_log(ToSpdlog(level))) return;
  // No line is half in one format, half in the other.
  const std::shared_lock lock(impl_->form);
  const bool json = impl_->format == LogFormat::kJson;
  std::string line =
      json ? "\"message\":" + JsonText(impl_->Redact(message)) : EscapeLine(impl_->Redact(message));
  const auto add = [&](std::string_view key, std::string_view value) {
    line += json ? "," + JsonText(key) + ":" + JsonText(impl_->Redact(value))
                 : " " + std::string(key) + "=" + EscapeLine(impl_->Redact(value));
  };
  for (const auto& [key, value] : fields_) add(key, value);
  for (const auto& [key, value] : fields) add(key, value);
  impl_->logger.log(ToSpdlog(level), line);
}

void Log::SetRedactor(Redactor redactor) {
  const std::lock_guard lock(impl_->mutex);
  impl_->redactor = std::move(redactor);
}

}  // namespace gitops
