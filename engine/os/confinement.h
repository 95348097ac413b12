// Confinement: what is taken from a child before it runs: rights, limits, sights. Pure value.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gitops {

/// Whom a child runs as. Supplementary groups and capabilities are dropped.
struct ChildUser {
  uid_t user = 0;
  gid_t group = 0;

  bool operator==(const ChildUser&) const = default;
};

/// What a child sees of the machine's files, in a mount namespace of its own: a directory of which
/// only one part is left, and temporary directories of its own. Needs CAP_SYS_ADMIN.
struct PrivateView {
  std::string hidden;            ///< Seen empty.
  bool hidden_is_open = false;   ///< Everybody may write to the empty directory.
  std::vector<std::string> way;  ///< Directories to make from `hidden` down to `kept`, itself last.
  std::string kept;              ///< Still seen, at its own path.
  std::string temporary;         ///< Seen at each of `temporary_targets`.
  std::vector<std::string> temporary_targets;

  bool operator==(const PrivateView&) const = default;
};

struct Confinement {
  std::optional<ChildUser> user;
  std::optional<PrivateView> view;
  bool no_new_privileges = false;  ///< Setuid programs give no rights.
  bool no_core = false;            ///< Leaves no core dump.
  std::int64_t processes = 0;      ///< Of its user (RLIMIT_NPROC); 0: as the parent.
  std::int64_t open_files = 0;     ///< RLIMIT_NOFILE; 0: as the parent.
  int expendable = 0;  ///< Added to its chance of being ended when memory is short; 0 to 1000.
  /// Files of the control groups that it joins: it writes 0 (itself) to each.
  std::vector<std::string> control_groups;

  bool operator==(const Confinement&) const = default;
};

/// The view of a child for which of `state_dir` only `kept` is there. `temporary` is in `kept`.
PrivateView MakePrivateView(const std::string& state_dir, const std::string& kept,
                            const std::string& temporary);

/// True when this process may give views and users: it is root with the rights to mount.
bool CanConfine();

}  // namespace gitops
