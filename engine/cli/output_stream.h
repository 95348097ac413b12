// OutputStream: standard output or standard error, buffered, with an end that tells whether all of
// it was written. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace gitops {

class OutputStream {
 public:
  virtual ~OutputStream() = default;

  virtual void Write(std::string_view text) = 0;
  /// Hands everything on. Errors: kTransient (disk full, I/O). A reader that went away is no error:
  /// it has what it wanted, and further text is dropped.
  virtual Status Flush() = 0;
};

/// A file descriptor of the process, which it does not close. REQUIRES: SIGPIPE is ignored.
class FileStream : public OutputStream {
 public:
  /// `name` is for messages: "standard output".
  FileStream(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  void Write(std::string_view text) override;
  Status Flush() override;

 private:
  void Drain();

  const int fd_;
  const std::string name_;
  std::string buffer_;
  int error_number_ = 0;  ///< Of the first write that failed; nothing is written after it.
};

}  // namespace gitops
