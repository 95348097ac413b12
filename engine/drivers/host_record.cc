#include "engine/drivers/host_record.h"

#include <nlohmann/json.hpp>

#include "engine/os/atomic_file.h"
#include "engine/os/read_file.h"

namespace gitops {
namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;

Error Damaged(const std::string& path) {
  return MakeError(ErrorKind::kCorruption, "the record of a host cannot be read",
                   "\"" + path + "\" is not what this program writes",
                   "move the file away and run reconcile; the app's host then counts as new");
}

}  // namespace

Result<std::optional<HostRecord>> ReadHostRecord(const std::string& path) {
  const auto text = ReadSmallFile(path, kMaxBytes);
  if (!text) {
    if (text.error().kind == ErrorKind::kNotFound) return std::optional<HostRecord>();
    return text.error();
  }
  const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Damaged(path);
  const auto identity = json.find("identity");
  const auto size = json.find("size");
  if (identity == json.end() || !identity->is_string() || size == json.end() ||
      !size->is_object()) {
    return Damaged(path);
  }
  HostRecord record;
  record.identity = identity->get<std::string>();
  for (const auto& [name, value] : size->items()) {
    if (!value.is_string()) return Damaged(path);
    record.size[name] = value.get<std::string>();
  }
  return std::optional(std::move(record));
}

Status WriteHostRecord(const std::string& path, const HostRecord& record) {
  const nlohmann::json json = {
      {"apiVersion", "tfgrid-compose/v1"}, {"identity", record.identity}, {"size", record.size}};
  return WriteFileAtomically(
      path, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", 0600);
}

}  // namespace gitops
