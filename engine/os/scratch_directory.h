// ScratchDirectory: a private directory for the time of one object, removed with everything in it.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace gitops {

class ScratchDirectory {
 public:
  /// Makes `<parent>/tfgrid-compose-XXXXXX`, mode 0700. Errors: kTransient, kInvalid (no
  /// permission, no such parent).
  static Result<ScratchDirectory> Make(const std::string& parent);

  ScratchDirectory(ScratchDirectory&& other) noexcept;
  ScratchDirectory& operator=(ScratchDirectory&& other) noexcept;
  ~ScratchDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;  ///< "" when moved from.
};

}  // namespace gitops
