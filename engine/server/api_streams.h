// ApiStreams: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
// what happens from now on, or from a Last-Event-ID on, and logs that grow. One thread looks after
// all of them; it reads the store only when something in it has changed. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/server/api_access.h"
#include "engine/server/api_parts.h"
#include "engine/server/http_route.h"
#include "engine/server/server_threads.h"

namespace gitops {

class ApiStreams {
 public:
  static constexpr std::size_t kMost = 200;

  ApiStreams(ApiParts& parts, ApiAccess& access);
  ~ApiStreams() { Stop(); }
  ApiStreams(const ApiStreams&) = delete;
  ApiStreams& operator=(const ApiStreams&) = delete;

  /// Events that pass the filter and are for the caller; `filter.after_id` 0: from now on.
  void FollowEvents(const EventFilter& filter, const ApiCaller& caller, const HttpHead& head,
                    HttpReply& reply);
  /// The lines of a run's log from `offset` on; it ends with the run.
  void FollowLog(const Run& run, std::int64_t offset, const ApiCaller& caller, const HttpHead& head,
                 HttpReply& reply);
  /// Ends all streams.
  void Stop();

 private:
  struct Follower {
    std::shared_ptr<HttpStream> stream;
    ApiCaller caller;
    std::optional<EventFilter> events;
    RunId run = 0;  ///< Of a log.
    AppId app;
    std::int64_t offset = 0;
    int quiet = 0;  ///< Rounds since something was written.
  };

  void Add(Follower follower, const HttpHead& head, HttpReply& reply);
  void Work();
  /// False when the follower is to go.
  bool Serve(Follower& follower, bool changed);
  bool ServeEvents(Follower& follower, std::string& text);
  bool ServeLog(Follower& follower, std::string& text);

  ApiParts& parts_;
  ApiAccess& access_;
  std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable changed_;
  std::vector<Follower> joining_;
  std::size_t count_ = 0;
  bool ending_ = false;
  ServerThreads thread_;  ///< Last: it uses the rest.
};

}  // namespace gitops
