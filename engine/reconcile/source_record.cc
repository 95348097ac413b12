#include "engine/reconcile/source_record.h"

#include <utility>

namespace gitops {
namespace {

Event EventOf(const SourceLook& look, WallTime now, std::string type, std::string message) {
  Event event;
  event.time = now;
  event.type = std::move(type);
  event.source = look.record.name;
  event.message = std::move(message);
  return event;
}

void TakeRead(const SourceRead& read, WallTime now, SourceLook& look) {
  SourceRecord& record = look.record;
  if (look.report.changed) {
    look.events.push_back(
        EventOf(look, now, "source.updated",
                record.revision.commit.IsZero()
                    ? "first read at " + read.tip.Short()
                    : "moved from " + record.revision.Short() + " to " + read.tip.Short()));
  }
  record.revision = read.tip;
  record.tree = read.tree;
  record.patterns_tree = read.patterns_tree;
  record.config_digest = read.outside_digest;
  if (record.error) {
    look.events.push_back(EventOf(look, now, "source.recovered", "can be read again"));
  }
  record.error.reset();
}

/// An error that was told already is not told again.
void TakeError(const Error& error, WallTime now, SourceLook& look) {
  std::optional<Error>& known = look.record.error;
  if (known && known->kind == error.kind && known->primary() == error.primary()) return;
  known = error;
  Event event = EventOf(look, now, "source.failed", error.ToString());
  event.severity = Severity::kError;
  look.events.push_back(std::move(event));
}

}  // namespace

void UpdateSourceRecord(const SourceRead& read, WallTime now, SourceLook& look) {
  SourceRecord& record = look.record;
  const SourceRecord before = record;
  look.report.changed = look.clean && read.tip != record.revision;
  if (look.clean) {
    TakeRead(read, now, look);
  } else {
    TakeError(*look.report.error, now, look);
  }
  look.report.revision = record.revision;
  look.record_changed = read.stored == nullptr || !(before == record) || !(record == *read.stored);
  if (look.record_changed) {
    record.last_attempt = now;
    if (look.clean) record.last_success = now;
  }
}

Status RecordLook(Store& store, const SourceLook& look, bool beside_others) {
  SourceSync sync;
  sync.source = look.record;
  sync.events = look.events;
  sync.only_looks = beside_others;
  for (const auto& candidate : look.candidates) {
    if (candidate->stored == nullptr || !(*candidate->stored == candidate->record)) {
      sync.apps.push_back(candidate->record);
    }
  }
  for (const AppId& id : look.forgotten) RETURN_IF_ERROR(store.ForgetApp(id, {}));
  if (!look.record_changed && sync.apps.empty() && sync.events.empty()) return {};
  return store.RecordSourceSync(sync);
}

}  // namespace gitops
