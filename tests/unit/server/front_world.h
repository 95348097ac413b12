// FrontWorld: a front on loopback with a clock that only the test moves, and a route that does what
// the test says.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/server/http_front.h"
#include "tests/support/fake_clock.h"
#include "tests/support/raw_client.h"

namespace gitops {

/// Answers by functions; notes the heads it admitted and the requests it got.
class TestRoute : public HttpRoute {
 public:
  using Admitting = std::function<HttpAdmission(const HttpHead&)>;
  using Answering = std::function<void(HttpRequest, std::shared_ptr<HttpReply>)>;

  HttpAdmission Admit(const HttpHead& head) override {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
    if (admitting) return admitting(head);
    return {std::nullopt, 1024 * 1024};
  }

  void Answer(HttpRequest request, std::shared_ptr<HttpReply> reply) override {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    if (answering) {
      answering(std::move(request), std::move(reply));
      return;
    }
    HttpResponse response;
    response.body = "body of " + std::to_string(request.body.size());
    reply->Send(std::move(response));
  }

  std::vector<HttpHead> heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  Admitting admitting;  ///< To be set before the front starts.
  Answering answering;

 private:
  mutable std::mutex mutex_;
  std::vector<HttpHead> heads_;
  std::vector<HttpRequest> requests_;
};

/// A reply that is kept by the route's thread for the test's.
class KeptReply {
 public:
  void Keep(std::shared_ptr<HttpReply> reply) {
    const std::lock_guard lock(mutex_);
    reply_ = std::move(reply);
  }
  bool has_value() const {
    const std::lock_guard lock(mutex_);
    return reply_ != nullptr;
  }
  void Send(HttpResponse response) {
    const std::lock_guard lock(mutex_);
    reply_->Send(std::move(response));
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<HttpReply> reply_;
};

class FrontWorld : public ::testing::Test {
 protected:
  FrontWorld() {
    options.listen = {"127.0.0.1:0"};
    options.threads = 2;
    options.tick = std::chrono::milliseconds(5);
  }

  void Start() {
    auto started = HttpFront::Start(options, {{"test", route}}, clock, log);
    ASSERT_TRUE(started) << started.error().ToString();
    front = *std::move(started);
  }

  RawClient Connect() const { return RawClient(front->ports().front()); }

  /// Sends `request` on a connection of its own and gives what came until the server closed it.
  std::string Exchange(std::string_view request) const {
    RawClient client = Connect();
    client.Send(request);
    return client.ReadAll();
  }

  /// Lets others run until `condition` holds; a test that waits for ever is ended by its timeout.
  template <typename Condition>
  static void Await(const Condition& condition) {
    while (!condition()) std::this_thread::yield();
  }

  FakeClock clock;
  Log log{LogLevel::kOff, LogFormat::kText};
  FrontOptions options;
  std::shared_ptr<TestRoute> route = std::make_shared<TestRoute>();
  std::unique_ptr<HttpFront> front;
};

}  // namespace gitops
