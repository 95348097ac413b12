// ApiWish: what a request asks for, read from its path and body. Pure value.
#pragma once

#include <string>
#include <variant>

#include "engine/model/audit.h"
#include "engine/reconcile/engine.h"
#include "engine/server/api_access.h"
#include "engine/server/api_endpoints.h"
#include "engine/server/http_message.h"

namespace gitops {

struct ApiWish {
  ApiTarget target = ApiTarget::kReconcile;
  AppId app;      ///< Of requests for one app; else empty names.
  RunId run = 0;  ///< Of a cancellation.
  ReconcileRequest reconcile;
  RollbackRequest rollback;
  UpRequest up;
  std::string reason;  ///< Of a suspension.
  std::string by;
  /// Requests with the same text ask for the same thing; "" is like no other.
  std::string same;
  AuditNote note;  ///< Without result and detail.

  bool IsForApp() const { return !app.name.empty(); }
};

/// Reads the body; what is wrong with it is 400 or 422. REQUIRES: an endpoint of the audit.
std::variant<ApiWish, Problem> ReadWish(const HttpRequest& request, const ApiMatch& match,
                                        const ApiCaller& caller);

/// The audit's note of a request: who, where from, what for.
AuditNote NoteOf(const HttpHead& head, const ApiMatch& match, const std::string& actor);

}  // namespace gitops
