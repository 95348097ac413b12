// ApiActing: the API's requests that change something. Each is noted in the audit before it is
// carried out and again with its outcome; one that cannot be noted is not carried out. Blocks for
// the disk; thread-safe.
#pragma once

#include <optional>
#include <string>

#include "engine/server/api_access.h"
#include "engine/server/api_endpoints.h"
#include "engine/server/api_operations.h"
#include "engine/server/api_parts.h"
#include "engine/server/api_wish.h"
#include "engine/server/http_message.h"

namespace gitops {

class ApiActing {
 public:
  /// Both outlive this.
  ApiActing(ApiParts& parts, ApiOperations& operations) : parts_(parts), operations_(operations) {}

  /// REQUIRES: an endpoint that the caller may use and that is in the audit.
  HttpResponse Act(const HttpRequest& request, const ApiMatch& match, const ApiCaller& caller);

  /// Notes a request that was refused before it got here; `who` is "" when nobody was recognised.
  void NoteRefusal(const HttpHead& head, const ApiMatch& match, const std::string& who, int status);

 private:
  /// What stands against it in the store: not there, changed since, suspended.
  Status CheckTarget(const HttpHead& head, ApiWish& wish, const ApiCaller& caller,
                     std::optional<Problem>& problem);
  HttpResponse Noted(const HttpHead& head, ApiWish& wish, const ApiCaller& caller);
  HttpResponse CarryOut(const HttpHead& head, const ApiWish& wish);
  Status Note(const AuditNote& note, const std::string& result, const std::string& detail);

  ApiParts& parts_;
  ApiOperations& operations_;
};

}  // namespace gitops
