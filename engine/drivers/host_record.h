// HostRecord: what host.json in an app's directory says about the host that `local` made for it.
// Plain value and its file; the only user of a JSON library in this folder is host_record.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace gitops {

struct HostRecord {
  std::string identity;                     ///< A UUID made with the directory.
  std::map<std::string, std::string> size;  ///< "cpu", "memory" (MB), "disk" (GB) as asked for.

  bool operator==(const HostRecord&) const = default;
};

/// Reads the file; nullopt when there is none. Errors: kCorruption (not ours), kInvalid.
Result<std::optional<HostRecord>> ReadHostRecord(const std::string& path);

/// Writes the file atomically, mode 0600.
Status WriteHostRecord(const std::string& path, const HostRecord& record);

}  // namespace gitops
