// Documents of the API: one JSON object with its apiVersion. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/counter_names.h"
#include "engine/model/document_writer.h"
#include "engine/model/report.h"
#include "engine/reconcile/daemon_control.h"
#include "engine/server/http_message.h"
#include "engine/server/progress_book.h"

namespace gitops {

/// {"apiVersion": …} and what `fill` writes, on one line.
std::string ApiBody(const std::function<void(DocumentWriter&)>& fill);

/// An answer with such a body.
HttpResponse ApiAnswer(int status, std::string body);

/// A record as reports show it.
AppStatus StatusOfRecord(AppRecord record);

/// The member "app", a whole status.
std::string AppBody(const AppStatus& status);

/// What is told of a request beside its ticket.
struct OperationNews {
  std::vector<ProgressBook::Line> progress;
  std::optional<CounterValues> stats;  ///< Work that the process did meanwhile; when it is over.
};

/// The member "operation".
std::string OperationBody(const Ticket& ticket, const OperationNews& news);

/// "\"7\"": the entity tag (RFC 9110 §8.8.3) of an app with this recorded serial.
std::string SerialTag(std::uint64_t serial);

}  // namespace gitops
