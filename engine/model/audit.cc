#include "engine/model/audit.h"

#include "engine/base/digest.h"

namespace gitops {

std::string AuditHash(const Secret& key, const AuditEntry& entry) {
  const AuditNote& note = entry.note;
  const std::string fields = DigestBuilder()
                                 .Add(entry.previous)
                                 .Add(entry.id)
                                 .Add(std::int64_t{entry.time.time_since_epoch().count()})
                                 .Add(note.actor)
                                 .Add(note.address)
                                 .Add(note.action)
                                 .Add(note.target)
                                 .Add(note.plan_digest)
                                 .Add(note.result)
                                 .Add(note.detail)
                                 .Add(note.request_id)
                                 .Hex();
  const Sha256Bytes mac = HmacSha256(key.Reveal(), fields);
  return ToHex(mac.data(), mac.size());
}

}  // namespace gitops
