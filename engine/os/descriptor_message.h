// DescriptorMessage: one message between two processes, with open files that the other one gets
// copies of (unix(7), SCM_RIGHTS). Used by engine, nursery, warden and guards. Stateless.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/os/unique_fd.h"

namespace gitops {

/// The longest message, and the most open files that come with one.
inline constexpr std::size_t kMaxMessage = 32UL * 1024;
inline constexpr std::size_t kMaxDescriptors = 8;

struct DescriptorMessage {
  std::string bytes;
  std::vector<UniqueFd> descriptors;
};

/// Sends `bytes` over a SOCK_SEQPACKET connection. False, with errno, when it cannot be.
/// REQUIRES: 0 < bytes.size() <= kMaxMessage, descriptors.size() <= kMaxDescriptors.
bool SendMessage(int connection, std::string_view bytes, const std::vector<int>& descriptors = {});

/// Waits for one. None when the other side is gone.
std::optional<DescriptorMessage> ReceiveMessage(int connection);

}  // namespace gitops
