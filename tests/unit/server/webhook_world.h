// WebhookWorld: a webhook route over a real store, with a clock that only the test moves, requests
// signed as a provider signs them, and a store that waits or fails when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/server/webhook_route.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_store.h"
#include "tests/unit/sources/webhooks/sample_payloads.h"

namespace gitops {

/// Passes calls on; RecordDeliveries waits while the gate is closed, or fails.
class GatedDeliveryStore : public DeliveryStore {
 public:
  explicit GatedDeliveryStore(DeliveryStore& inner) : inner_(inner) {}

  void Close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void FailWith(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  /// Returns when a call of RecordDeliveries has begun.
  void AwaitCall() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !batches_.empty(); });
  }
  std::vector<std::size_t> batches() const {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

  Result<std::vector<DeliveryReceipt>> RecordDeliveries(
      const std::vector<NewDelivery>& deliveries) override {
    {
      std::unique_lock lock(mutex_);
      batches_.push_back(deliveries.size());
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
      if (error_) return *error_;
    }
    return inner_.RecordDeliveries(deliveries);
  }
  Result<std::uint64_t> AskForSource(const std::string& source, std::string_view why) override {
    return inner_.AskForSource(source, why);
  }
  Result<std::vector<SourceRequest>> SourceRequests() override { return inner_.SourceRequests(); }
  Result<SourceRequest> LoadSourceRequest(const std::string& source) override {
    return inner_.LoadSourceRequest(source);
  }
  Status MarkLooked(const std::string& source, std::uint64_t number,
                    const LookNote& note) override {
    return inner_.MarkLooked(source, number, note);
  }
  Result<std::optional<Delivery>> FindCause(RunId run) override { return inner_.FindCause(run); }
  Result<std::vector<Delivery>> ListDeliveries(const DeliveryFilter& filter) override {
    return inner_.ListDeliveries(filter);
  }

 private:
  DeliveryStore& inner_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  std::optional<Error> error_;
  std::vector<std::size_t> batches_;
};

/// Keeps the answer until the test asks for it.
class WaitingReply : public HttpReply {
 public:
  void Send(HttpResponse response) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(response_) << "answered twice";
    response_ = std::move(response);
    changed_.notify_all();
  }
  std::shared_ptr<HttpStream> Begin(HttpResponse) override {
    ADD_FAILURE() << "webhooks are answered whole";
    return nullptr;
  }
  HttpResponse Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return response_.has_value(); });
    return *response_;
  }
  bool answered() const {
    const std::lock_guard lock(mutex_);
    return response_.has_value();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<HttpResponse> response_;
};

class CountingObserver : public EngineObserver {
 public:
  void OnWebhook(std::string_view provider, std::string_view verdict) override {
    const std::lock_guard lock(mutex_);
    ++verdicts_[std::string(provider) + " " + std::string(verdict)];
  }
  void OnSourceAsked(const std::string& source, WallTime) override {
    const std::lock_guard lock(mutex_);
    ++verdicts_["asked " + source];
  }
  int count(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return verdicts_[key];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> verdicts_;
};

class WebhookWorld : public ::testing::Test {
 protected:
  static constexpr std::string_view kSecret = "a secret of more than sixteen bytes";
  static constexpr std::string_view kOldSecret = "the secret that was replaced today";

  WebhookWorld() { Serve({WebhookProvider::kGitHub}); }

  static SourceSpec SourceOf(WebhookProvider provider) {
    SourceSpec source;
    source.name = std::string(ToString(provider)) + "-apps";
    source.url_kind = UrlKind::kHttps;
    source.url = "https://github.com/acme/apps.git";
    source.webhook_match = {"https://gitlab.com/acme/apps", "https://bitbucket.org/acme/apps",
                            "https://git.example.org/scm/acme/apps"};
    source.webhook = WebhookSpec{std::string(ToString(provider)), {}};
    return source;
  }

  /// One source for each provider.
  void Serve(const std::vector<WebhookProvider>& providers) {
    WebhookTargets targets;
    for (const WebhookProvider provider : providers) {
      WebhookTarget target{
          SourceOf(provider),
          provider,
          {.secrets = {Secret(std::string(kOldSecret)), Secret(std::string(kSecret))},
           .comparison_key = Secret(std::string(32, 'r'))}};
      targets.by_path[std::string(ToString(provider)) + "/" + target.source.name] =
          std::make_shared<const WebhookTarget>(target);
    }
    route.SetTargets(std::move(targets));
  }

  /// A request as the provider sends it, signed with the secret.
  HttpRequest Request(const SamplePayload& sample, const std::string& delivery_id = "d-1",
                      std::string_view secret = kSecret) {
    HttpRequest request;
    request.head.method = "POST";
    request.head.segments = {"hooks", std::string(ToString(sample.provider)),
                             SourceOf(sample.provider).name};
    request.head.client_address = "192.0.2.7";
    request.head.request_id = "r-1";
    request.head.has_body = true;
    request.head.content_length = sample.body.size();
    request.head.headers.Add("Content-Type", "application/json");
    request.head.headers.Add(sample.event_header, sample.event);
    request.head.headers.Add(DeliveryHeader(sample.provider), delivery_id);
    for (const auto& [name, value] : SignWebhook(sample.provider, Secret(std::string(secret)),
                                                 sample.body, delivery_id, clock.Now())) {
      request.head.headers.Add(name, value);
    }
    request.body = sample.body;
    return request;
  }

  static std::string DeliveryHeader(WebhookProvider provider) {
    switch (provider) {
      case WebhookProvider::kGitHub:
        return "X-GitHub-Delivery";
      case WebhookProvider::kGitLab:
        return "Idempotency-Key";
      case WebhookProvider::kGitea:
        return "X-Gitea-Delivery";
      case WebhookProvider::kForgejo:
        return "X-Forgejo-Delivery";
      case WebhookProvider::kGogs:
        return "X-Gogs-Delivery";
      case WebhookProvider::kBitbucket:
        return "X-Request-UUID";
      case WebhookProvider::kBitbucketServer:
        return "X-Request-Id";
      case WebhookProvider::kGeneric:
        break;
    }
    return "X-Tfgrid-Compose-Delivery";
  }

  static SamplePayload GitHubSample(const std::string& body) {
    return {WebhookProvider::kGitHub, "X-GitHub-Event", "push", body};
  }
  HttpRequest PushRequest(const std::string& delivery_id = "d-1",
                          const std::string& ref = "refs/heads/main") {
    return Request(GitHubSample(GitHubPush(ref)), delivery_id);
  }

  /// As the front does it: admission first, the body only then.
  std::shared_ptr<WaitingReply> Send(HttpRequest request) {
    auto reply = std::make_shared<WaitingReply>();
    HttpAdmission admission = route.Admit(request.head);
    if (admission.refusal) {
      reply->Send(*std::move(admission.refusal));
    } else {
      EXPECT_EQ(admission.body_limit, WebhookRoute::kBodyLimit);
      route.Answer(std::move(request), reply);
    }
    return reply;
  }
  int StatusOf(HttpRequest request) { return Send(std::move(request))->Wait().status; }

  std::vector<std::string> Woken() {
    const std::lock_guard lock(woken_mutex);
    return woken;
  }
  SourceRequest Asked(const std::string& source = "github-apps") {
    return *store.deliveries().LoadSourceRequest(source);
  }
  std::vector<Delivery> Deliveries() { return *store.deliveries().ListDeliveries({}); }

  TempStore store;
  GatedDeliveryStore gated{store.deliveries()};
  FailureLimiter limiter;
  CountingObserver observer;
  FakeClock clock;
  Log log{LogLevel::kOff, LogFormat::kText};
  std::mutex woken_mutex;
  std::vector<std::string> woken;
  WebhookRoute route{{.store = gated,
                      .failures = limiter,
                      .observer = observer,
                      .clock = clock,
                      .log = log,
                      .wake =
                          [this](const std::string& source) {
                            const std::lock_guard lock(woken_mutex);
                            woken.push_back(source);
                          }},
                     {.waiting = 64, .batch = 16, .slow_waiting = 1}};
};

}  // namespace gitops
