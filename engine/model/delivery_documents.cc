#include "engine/model/delivery_documents.h"

#include "engine/base/timestamp.h"
#include "engine/model/document_list.h"
#include "engine/model/documents.h"

namespace gitops {
namespace {

void WriteWork(DocumentWriter& writer, const CausedWork& work) {
  writer.BeginObject();
  writer.Member("id", work.app.ToString());
  WriteObjects(writer, "runs", work.runs, [&](const CausedRun& run) {
    writer.Member("run", std::int64_t{run.id});
    writer.Member("trigger", ToString(run.trigger));
    writer.Member("status", ToString(run.status));
  });
  writer.EndObject();
}

void WriteLook(DocumentWriter& writer, const AnsweringLook& look) {
  writer.BeginObject();
  writer.Member("time", FormatTimestamp(look.time));
  writer.Member("result", look.result);
  writer.Count("changed", look.changed);
  WriteList(writer, "apps", look.apps, [&](const CausedWork& work) { WriteWork(writer, work); });
  writer.EndObject();
}

}  // namespace

void WriteDelivery(DocumentWriter& writer, const Delivery& delivery) {
  writer.BeginObject();
  writer.Member("number", delivery.id);
  writer.Member("source", delivery.source);
  writer.Member("provider", delivery.provider);
  writer.TextOrNull("deliveryId", delivery.delivery_id);
  writer.Member("bodySha256", delivery.body_sha256);
  writer.TextOrNull("requestId", delivery.request_id);
  writer.Member("receivedAt", FormatTimestamp(delivery.received));
  writer.Member("kind", delivery.kind);
  writer.Member("summary", delivery.summary);
  writer.Member("outcome", ToString(delivery.outcome));
  writer.Member("repeats", std::int64_t{delivery.repeats});
  writer.Key("look");
  if (delivery.look) {
    WriteLook(writer, *delivery.look);
  } else {
    writer.Null();
  }
  writer.EndObject();
}

void WriteEvent(DocumentWriter& writer, const Event& event, const Delivery* delivery) {
  writer.BeginObject();
  writer.Member("number", event.id);
  writer.Member("time", FormatTimestamp(event.time));
  writer.Member("severity", SeverityName(event.severity));
  writer.Member("type", event.type);
  writer.TextOrNull("source", event.source);
  writer.TextOrNull("id", event.app ? event.app->ToString() : "");
  writer.NumberOrNull("run", event.run);
  writer.Member("message", event.message);
  writer.Key("delivery");
  if (delivery != nullptr) {
    WriteDelivery(writer, *delivery);
  } else {
    writer.Null();
  }
  writer.EndObject();
}

void WriteEvents(DocumentWriter& writer, const std::vector<Event>& events,
                 const DeliveriesOfEvents& deliveries) {
  WriteList(writer, "events", events, [&](const Event& event) {
    const auto found = deliveries.find(event.id);
    WriteEvent(writer, event, found == deliveries.end() ? nullptr : &found->second);
  });
}

}  // namespace gitops
