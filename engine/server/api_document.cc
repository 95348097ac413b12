#include "engine/server/api_document.h"

#include "engine/base/timestamp.h"
#include "engine/model/documents.h"
#include "engine/model/json_writer.h"
#include "engine/reconcile/app_plan.h"

namespace gitops {

std::string ApiBody(const std::function<void(DocumentWriter&)>& fill) {
  std::string body;
  JsonWriter writer(body, JsonLayout::kCompact);
  writer.BeginObject();
  writer.Member("apiVersion", "tfgrid-compose/v1");
  fill(writer);
  writer.EndObject();
  body += '\n';
  return body;
}

HttpResponse ApiAnswer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

AppStatus StatusOfRecord(AppRecord record) {
  AppStatus status;
  status.verdict = VerdictFromRecord(record);
  record.health = ShownHealth(record);
  status.record = std::move(record);
  return status;
}

std::string AppBody(const AppStatus& status) {
  return ApiBody([&](DocumentWriter& writer) {
    writer.Key("app");
    WriteAppStatus(writer, status);
    writer.Member("serial", static_cast<std::int64_t>(status.record.recorded_serial));
  });
}

std::string OperationBody(const Ticket& ticket) {
  return ApiBody([&](DocumentWriter& writer) {
    writer.Key("operation");
    writer.BeginObject();
    writer.Member("id", static_cast<std::int64_t>(ticket.id));
    writer.Member("what", ticket.what);
    writer.Member("state", ToString(ticket.state));
    writer.Member("by", ticket.by);
    writer.Member("askedAt", FormatTimestamp(ticket.asked));
    writer.TextOrNull("endedAt", ticket.ended ? FormatTimestamp(*ticket.ended) : std::string());
    writer.Key("error");
    if (ticket.error) {
      WriteError(writer, *ticket.error);
    } else {
      writer.Null();
    }
    writer.Key("report");
    if (ticket.report) {
      writer.BeginObject();
      WriteReconcileReport(writer, *ticket.report);
      writer.EndObject();
    } else {
      writer.Null();
    }
    writer.EndObject();
  });
}

std::string SerialTag(std::uint64_t serial) { return "\"" + std::to_string(serial) + "\""; }

}  // namespace gitops
