// GitLibrary: libgit2 started and set up for this process. The library counts its users, so every
// owner of one (LibGit2Mirror, the fetch child) holds its own. Make it before threads use libgit2.
#pragma once

#include "engine/base/result.h"

namespace gitops {

class GitLibrary {
 public:
  /// Starts libgit2 with what holds for all uses: no configuration of the machine or the user,
  /// objects verified against their ids, durable writes, no object cache, no ownership check (the
  /// operator named the repositories), no certificates (system_certificates.h). Errors: kInvalid
  /// (older than 1.5.1, or without threads).
  static Result<GitLibrary> Start();

  GitLibrary(GitLibrary&& other) noexcept;
  GitLibrary& operator=(GitLibrary&&) = delete;
  GitLibrary(const GitLibrary&) = delete;
  ~GitLibrary();

 private:
  GitLibrary() = default;
  bool owner_ = true;
};

}  // namespace gitops
