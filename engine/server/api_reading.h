// ApiReading: the API's resources that only look. Each answers from one consistent view of the
// store; lists read a bounded number of rows for each page, and a page that nothing has changed
// since is answered from memory. Blocks for the disk; thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/server/api_access.h"
#include "engine/server/api_endpoints.h"
#include "engine/server/api_parts.h"
#include "engine/server/http_message.h"

namespace gitops {

class ApiReading {
 public:
  explicit ApiReading(ApiParts& parts) : parts_(parts) {}

  /// REQUIRES: an endpoint that only looks, is no stream, and that the caller may use.
  HttpResponse Answer(const HttpHead& head, const ApiMatch& match, const ApiCaller& caller);

 private:
  /// A page as it was written at one version of the database.
  struct Page {
    std::int64_t version = 0;
    std::string body;
  };

  HttpResponse Apps(const HttpHead& head, const ApiMatch& match, const ApiCaller& caller);
  Result<HttpResponse> App(const AppId& app);
  Result<HttpResponse> Diff(const AppId& app);
  Result<HttpResponse> History(const AppId& app, int limit);
  Result<HttpResponse> Snapshots(const AppId& app);
  Result<HttpResponse> OneRun(const Run& run);
  Result<HttpResponse> RunLog(const Run& run, std::int64_t lines);
  Result<HttpResponse> Events(const EventFilter& filter, const ApiCaller& caller);
  Result<HttpResponse> Sources();
  Result<HttpResponse> Deliveries(const DeliveryFilter& filter);
  Result<HttpResponse> Audit(std::int64_t before, int limit);

  /// The run, when it is there and its app is for the caller.
  Result<Run> VisibleRun(RunId id, const ApiCaller& caller);
  std::optional<std::string> Remembered(const std::string& key, std::int64_t version);
  void Remember(const std::string& key, std::int64_t version, const std::string& body);

  ApiParts& parts_;
  std::mutex mutex_;  ///< Guards pages_.
  std::map<std::string, Page> pages_;
};

}  // namespace gitops
