// UserName: accounts of this machine by name, for messages and for the environment of hooks.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace gitops {

/// The name of the account `uid`; nullopt when this machine knows none.
std::optional<std::string> FindUserName(uid_t uid);

/// "user deploy", or "user 1001" when the account has no name: for messages.
std::string DescribeUser(uid_t uid);

/// The command line `command` as the user `uid` has to be asked to run it, to be pasted into a
/// shell: "sudo -u deploy COMMAND", or "sudo -u '#1001' COMMAND" (sudo(8)) for an account without a
/// name or with one that a shell would read otherwise.
std::string AsUser(uid_t uid, const std::string& command);

}  // namespace gitops
