#include "engine/store/audit_store.h"

#include <algorithm>

#include "engine/base/digest.h"

namespace gitops {
namespace {

/// Old entries go in batches, so that not each new one costs a deletion.
constexpr std::int64_t kBatch = 500;

constexpr const char* kSelect =
    "SELECT id, at_ms, actor, address, action, target, plan_digest, result, detail, request, "
    "previous, hash FROM audit";

/// Where the chain begins and ends. `seal` is keyed, so that the end cannot be moved unseen.
struct Ends {
  std::int64_t dropped = 0;  ///< The last entry that is no longer kept.
  std::string dropped_hash;
  std::int64_t last = 0;
  std::string last_hash;
  std::string seal;
};

std::string SealOf(const Secret& key, const Ends& ends) {
  const std::string fields = DigestBuilder()
                                 .Add("ends")
                                 .Add(ends.dropped)
                                 .Add(ends.dropped_hash)
                                 .Add(ends.last)
                                 .Add(ends.last_hash)
                                 .Hex();
  const Sha256Bytes mac = HmacSha256(key.Reveal(), fields);
  return ToHex(mac.data(), mac.size());
}

/// All zero and without a seal before the first entry.
Result<Ends> LoadEnds(Connection& connection) {
  Query query(connection,
              "SELECT dropped, dropped_hash, last, last_hash, seal FROM audit_ends WHERE id = 1");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return UnknownStoredValue("audit_ends", "no row");
  return Ends{query.Int64(0), query.Text(1), query.Int64(2), query.Text(3), query.Text(4)};
}

Status SaveEnds(Connection& connection, const Secret& key, const Ends& ends) {
  return connection.Run(
      "UPDATE audit_ends SET dropped = ?, dropped_hash = ?, last = ?, last_hash = ?, seal = ? "
      "WHERE id = 1",
      ends.dropped, ends.dropped_hash, ends.last, ends.last_hash, SealOf(key, ends));
}

AuditEntry ReadEntry(const Query& row) {
  AuditEntry entry;
  entry.id = row.Int64(0);
  entry.time = row.Time(1);
  entry.note = {row.Text(2), row.Text(3), row.Text(4), row.Text(5),
                row.Text(6), row.Text(7), row.Text(8), row.Text(9)};
  entry.previous = row.Text(10);
  entry.hash = row.Text(11);
  return entry;
}

Status InsertEntry(Connection& connection, const AuditEntry& entry) {
  const AuditNote& note = entry.note;
  return connection.Run(
      "INSERT INTO audit (id, at_ms, actor, address, action, target, plan_digest, result, detail, "
      "request, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      entry.id, entry.time, note.actor, note.address, note.action, note.target, note.plan_digest,
      note.result, note.detail, note.request_id, entry.previous, entry.hash);
}

Status DropOldEntries(Connection& connection, std::int64_t keep, Ends& ends) {
  if (ends.last - ends.dropped < keep + kBatch) return {};
  const std::int64_t dropped = ends.last - keep;
  Query query(connection, "SELECT hash FROM audit WHERE id = ?");
  query.Bind(dropped);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  // A gap is for Verify to tell: what follows it is kept.
  if (!found) return {};
  ends.dropped_hash = query.Text(0);
  ends.dropped = dropped;
  return connection.Run("DELETE FROM audit WHERE id <= ?", dropped);
}

/// Cut at the border of a character, so that the text stays UTF-8.
std::string Cut(const std::string& text) {
  if (text.size() <= AuditStore::kLongestText) return text;
  std::size_t size = AuditStore::kLongestText;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return text.substr(0, size);
}

AuditNote CutAll(const AuditNote& note) {
  return {Cut(note.actor),       Cut(note.address), Cut(note.action), Cut(note.target),
          Cut(note.plan_digest), Cut(note.result),  Cut(note.detail), Cut(note.request_id)};
}

/// What is wrong with `entry`, which should follow `before`; "" when nothing is.
std::string Flaw(const Secret& key, const AuditEntry& entry, std::int64_t before,
                 const std::string& before_hash) {
  if (entry.id != before + 1) {
    return before + 1 == entry.id - 1
               ? "entry " + std::to_string(before + 1) + " before it is missing"
               : "entries " + std::to_string(before + 1) + " to " + std::to_string(entry.id - 1) +
                     " before it are missing";
  }
  if (entry.previous != before_hash) return "it does not follow the entry before it";
  if (!EqualsConstantTime(entry.hash, AuditHash(key, entry))) return "its content was changed";
  return "";
}

}  // namespace

Result<AuditEntry> AuditStore::Append(const AuditNote& note) {
  return database_->Write([&](Connection& connection) { return AppendIn(connection, note); });
}

Result<AuditEntry> AuditStore::AppendIn(Connection& connection, const AuditNote& note) {
  ASSIGN_OR_RETURN(Ends ends, LoadEnds(connection));
  AuditEntry entry;
  entry.id = ends.last + 1;
  entry.time = database_->clock().Now();
  entry.note = CutAll(note);
  entry.previous = ends.last_hash;
  entry.hash = AuditHash(database_->audit_key(), entry);
  RETURN_IF_ERROR(InsertEntry(connection, entry));
  ends.last = entry.id;
  ends.last_hash = entry.hash;
  RETURN_IF_ERROR(DropOldEntries(connection, keep_, ends));
  RETURN_IF_ERROR(SaveEnds(connection, database_->audit_key(), ends));
  return entry;
}

Result<std::vector<AuditEntry>> AuditStore::List(std::int64_t before, int limit) {
  return database_->Read([&](Connection& connection) -> Result<std::vector<AuditEntry>> {
    Query query(connection, std::string(kSelect) +
                                " WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC "
                                "LIMIT ?2");
    query.Bind(before).Bind(std::max(limit, 0));
    std::vector<AuditEntry> entries;
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) return entries;
      entries.push_back(ReadEntry(query));
    }
  });
}

Result<AuditVerdict> AuditStore::Verify() {
  return database_->Read([&](Connection& connection) -> Result<AuditVerdict> {
    const Secret& key = database_->audit_key();
    ASSIGN_OR_RETURN(const Ends ends, LoadEnds(connection));
    AuditVerdict verdict;
    Query query(connection, std::string(kSelect) + " ORDER BY id");
    std::int64_t before = ends.dropped;
    std::string before_hash = ends.dropped_hash;
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) break;
      const AuditEntry entry = ReadEntry(query);
      if (verdict.first == 0) verdict.first = entry.id;
      if (!verdict.broken) {
        verdict.why = Flaw(key, entry, before, before_hash);
        if (!verdict.why.empty()) verdict.broken = entry.id;
      }
      verdict.last = entry.id;
      verdict.last_hash = entry.hash;
      before = entry.id;
      before_hash = entry.hash;
    }
    if (verdict.broken) return verdict;
    const bool untouched = ends.seal.empty() && ends.last == 0 && ends.dropped == 0;
    if (!untouched && !EqualsConstantTime(ends.seal, SealOf(key, ends))) {
      verdict.broken = ends.last;
      verdict.why = "the note of the log's ends was changed";
    } else if (before != ends.last || before_hash != ends.last_hash) {
      verdict.broken = before + 1;
      verdict.why = "the log ends before it, but went on to entry " + std::to_string(ends.last);
    }
    return verdict;
  });
}

}  // namespace gitops
