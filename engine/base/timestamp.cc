#include "engine/base/timestamp.h"

#include <cstdio>

namespace gitops {

std::string FormatTimestamp(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::milliseconds> clock(time - day);
  char buffer[64];
  std::snprintf(
      buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return buffer;
}

std::optional<WallTime> ParseTimestamp(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, millisecond = 0, used = 0;
  unsigned month = 0, day = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour,
                  &minute, &second, &millisecond, &used) != 7 ||
      static_cast<std::size_t>(used) != copy.size()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const WallTime time = WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
                        std::chrono::minutes(minute) + std::chrono::seconds(second) +
                        std::chrono::milliseconds(millisecond);
  // sscanf also takes signs, spaces and short numbers; what was written reads back the same.
  return FormatTimestamp(time) == text ? std::optional(time) : std::nullopt;
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  const long long total_ms = duration.count() < 0 ? 0 : duration.count();
  const long long seconds = total_ms / 1000;
  char buffer[64];
  if (total_ms < 1000) {
    std::snprintf(buffer, sizeof buffer, "%lldms", total_ms);
  } else if (seconds < 10) {
    std::snprintf(buffer, sizeof buffer, "%lld.%llds", seconds, total_ms % 1000 / 100);
  } else if (seconds < 60) {
    std::snprintf(buffer, sizeof buffer, "%llds", seconds);
  } else if (seconds < 3600) {
    std::snprintf(buffer, sizeof buffer, "%lldm%02llds", seconds / 60, seconds % 60);
  } else if (seconds < 86400) {
    std::snprintf(buffer, sizeof buffer, "%lldh%02lldm", seconds / 3600, seconds % 3600 / 60);
  } else {
    std::snprintf(buffer, sizeof buffer, "%lldd%lldh", seconds / 86400, seconds % 86400 / 3600);
  }
  return buffer;
}

}  // namespace gitops
