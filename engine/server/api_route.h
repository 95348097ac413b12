// ApiRoute: /api/v1. Knows who asks, finds the endpoint, and hands the request to workers of its
// own; no thread of the front waits for the disk. What each endpoint does is in api_reading,
// api_acting and api_streams.
#pragma once

#include <memory>
#include <string>

#include "engine/server/api_access.h"
#include "engine/server/api_acting.h"
#include "engine/server/api_operations.h"
#include "engine/server/api_parts.h"
#include "engine/server/api_reading.h"
#include "engine/server/api_streams.h"
#include "engine/server/api_waiting.h"
#include "engine/server/api_workers.h"
#include "engine/server/http_route.h"

namespace gitops {

class ApiRoute : public HttpRoute {
 public:
  static constexpr std::size_t kLargestBody = 64 * 1024;

  explicit ApiRoute(ApiParts parts);
  /// Ends streams and waits for requests under way. The front has stopped before.
  ~ApiRoute() override;
  ApiRoute(const ApiRoute&) = delete;
  ApiRoute& operator=(const ApiRoute&) = delete;

  /// Takes care of what an earlier process accepted and did not finish. Called once, before the
  /// first request. Errors: of the store.
  Status TakeUp() { return operations_->TakeUp(); }

  /// As ApiOperations::RequestOf.
  std::string RequestOf(RunId run) { return operations_->RequestOf(run); }

  HttpAdmission Admit(const HttpHead& head) override;
  void Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) override;

 private:
  HttpAdmission Refused(const HttpHead& head, const ApiMatch& match, HttpResponse response,
                        const std::string& who);
  void Work(const HttpRequest& request, const std::shared_ptr<HttpReply>& answer);
  void ShowOperation(const HttpHead& head, std::int64_t id, const ApiCaller& caller,
                     const std::shared_ptr<HttpReply>& reply);
  void Stream(const HttpRequest& request, const ApiMatch& match, const ApiCaller& caller,
              HttpReply& reply);
  bool MayNoteNobody();

  ApiParts parts_;
  ApiAccess access_;
  ApiReading reading_;
  const std::shared_ptr<ApiWorkers> workers_;
  const std::shared_ptr<ApiOperations> operations_;
  ApiActing acting_;
  const std::shared_ptr<ApiWaiting> waiting_;
  ApiStreams streams_;
  std::mutex mutex_;  ///< Guards what follows: how many refusals of nobody were noted this minute.
  MonotonicTime minute_{};
  int noted_ = 0;
};

}  // namespace gitops
