// FrontSettings: what a front takes over when the configuration is read again; everything else in
// its options stays until a restart. CurrentSettings holds those in force; each request begins with
// them and keeps them to its end. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/server/front_options.h"

namespace gitops {

struct FrontSettings {
  std::vector<IpNetwork> trusted_proxies;
  HeadLimits head;
  int bodies_per_client = 0;
  std::chrono::milliseconds head_timeout{};
  std::chrono::milliseconds body_timeout{};
  std::chrono::milliseconds idle_timeout{};
};

FrontSettings SettingsOf(const FrontOptions& options);

class CurrentSettings {
 public:
  explicit CurrentSettings(FrontSettings settings) { Set(std::move(settings)); }

  std::shared_ptr<const FrontSettings> Get() const {
    const std::lock_guard lock(mutex_);
    return settings_;
  }
  void Set(FrontSettings settings) {
    auto fresh = std::make_shared<const FrontSettings>(std::move(settings));
    const std::lock_guard lock(mutex_);
    settings_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const FrontSettings> settings_;
};

}  // namespace gitops
