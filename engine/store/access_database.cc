#include "engine/store/access_database.h"

#include "engine/base/digest.h"
#include "engine/store/database.h"

namespace gitops {
namespace {

Secret AuditKey(const Secret& seal_key) {
  const Sha256Bytes bytes = HmacSha256(seal_key.Reveal(), "tfgrid-compose audit chain");
  return Secret(std::string(bytes.begin(), bytes.end()));
}

}  // namespace

Result<std::shared_ptr<AccessDatabase>> AccessDatabase::Open(const AccessOptions& options,
                                                             const Clock& clock) {
  SqliteStoreOptions checked;
  checked.path = options.path;
  checked.seal_key = options.seal_key;
  checked.binary_version = options.binary_version;
  checked.read_only = true;
  checked.busy_timeout = options.busy_timeout;
  ASSIGN_OR_RETURN(auto reader, OpenBeside(checked, CurrentSchema()));
  std::unique_ptr<Connection> writer;
  if (!options.read_only) {
    ASSIGN_OR_RETURN(
        writer, Connection::Open({.path = reader->path(), .busy_timeout = options.busy_timeout}));
  }
  return std::make_shared<AccessDatabase>(options, clock, std::move(writer), std::move(reader));
}

AccessDatabase::AccessDatabase(const AccessOptions& options, const Clock& clock,
                               std::unique_ptr<Connection> writer,
                               std::unique_ptr<Connection> reader)
    : path_(options.path),
      clock_(clock),
      audit_key_(AuditKey(options.seal_key)),
      writer_(std::move(writer)),
      reader_(std::move(reader)) {}

Error AccessDatabase::OpenedForReading() const {
  return MakeError(ErrorKind::kConflict, "the state was opened for reading only", path_);
}

}  // namespace gitops
