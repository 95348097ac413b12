// ApiWish: what a request asks for, read from its path and body. Pure value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "engine/model/audit.h"
#include "engine/reconcile/engine.h"
#include "engine/server/api_access.h"
#include "engine/server/api_endpoints.h"
#include "engine/server/http_message.h"
#include "engine/store/idempotency_store.h"

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
  std::string body;                   ///< It was read from.
  std::optional<IdempotencyKey> key;  ///< Its answer is kept under it.
  bool exact = false;                 ///< Only for the app with this serial.
  std::uint64_t serial = 0;           ///< Of the app when the wish was checked, like the next one.
  RunId last_run = 0;
  /// Requests with the same text ask for the same thing; "" is like no other.
  std::string same;
  AuditNote note;  ///< Without result and detail.

  bool IsForApp() const { return !app.name.empty(); }
};

/// Whether what is asked for takes a while: it is accepted, and its outcome asked for later.
bool IsOperation(ApiTarget target);

/// Reads the body of somebody's request; what is wrong with it is 400 or 422. Everything is set
/// but `same` and `note`. REQUIRES: an endpoint of the audit.
std::variant<ApiWish, Problem> ReadWish(const std::string& body, const ApiMatch& match,
                                        const std::string& by);
/// The same of a request that has just come.
std::variant<ApiWish, Problem> ReadWish(const HttpRequest& request, const ApiMatch& match,
                                        const ApiCaller& caller);

/// The audit's note of a request: who, where from, what for.
AuditNote NoteOf(const HttpHead& head, const ApiMatch& match, const std::string& actor);

}  // namespace gitops
