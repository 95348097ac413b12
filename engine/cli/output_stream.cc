#include "engine/cli/output_stream.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace gitops {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

}  // namespace

void FileStream::Write(std::string_view text) {
  if (error_number_ != 0) return;
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) Drain();
}

void FileStream::Drain() {
  std::size_t done = 0;
  while (done < buffer_.size() && error_number_ == 0) {
    const ssize_t count = write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {  // Somebody made our terminal or pipe non-blocking.
      pollfd ready{fd_, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      error_number_ = errno;
    }
  }
  buffer_.clear();
}

Status FileStream::Flush() {
  Drain();
  if (error_number_ == 0 || error_number_ == EPIPE) return {};
  return MakeError(ErrorKind::kTransient, "write error",
                   name_ + ": " + std::generic_category().message(error_number_));
}

}  // namespace gitops
