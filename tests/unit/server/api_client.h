// ApiClient: asks an ApiRoute as the front does, and waits for the answer.
#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/api_world.h"

namespace gitops {

/// What a stream was given.
class TestStream : public HttpStream {
 public:
  bool Write(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    text_ += bytes;
    changed_.notify_all();
    return true;
  }
  void Close() override {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  bool closed() const override {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  /// Waits until `text` was written; a test that waits for ever is ended by its timeout.
  void AwaitText(const std::string& text) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return text_.find(text) != std::string::npos; });
  }
  void AwaitClosed() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_; });
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  bool closed_ = false;
};

class TestReply : public HttpReply {
 public:
  void Send(HttpResponse response) override {
    const std::lock_guard lock(mutex_);
    response_ = std::move(response);
    changed_.notify_all();
  }
  std::shared_ptr<HttpStream> Begin(HttpResponse head) override {
    auto stream = std::make_shared<TestStream>();
    const std::lock_guard lock(mutex_);
    response_ = std::move(head);
    stream_ = stream;
    changed_.notify_all();
    return stream;
  }
  HttpResponse Await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return response_.has_value(); });
    return *response_;
  }
  std::shared_ptr<TestStream> stream() {
    const std::lock_guard lock(mutex_);
    return stream_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<HttpResponse> response_;
  std::shared_ptr<TestStream> stream_;
};

struct ApiAnswerSeen {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  std::shared_ptr<TestStream> stream;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
  std::string Field(std::string_view name) const {
    return std::string(headers.Find(name).value_or(""));
  }
};

class ApiTest : public ::testing::Test {
 protected:
  using Fields = std::vector<HttpHeaders::Field>;

  static HttpRequest Request(const std::string& method, const std::string& target,
                             const std::string& token, const std::string& body = "",
                             const Fields& fields = {}) {
    HttpRequest request;
    request.head.method = method;
    const std::size_t mark = target.find('?');
    std::string path = target.substr(0, mark);
    for (std::size_t at = 0; at < path.size();) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      if (end > at) request.head.segments.push_back(path.substr(at, end - at));
      at = end + 1;
    }
    std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
    while (!query.empty()) {
      const std::size_t end = std::min(query.find('&'), query.size());
      const std::string pair = query.substr(0, end);
      const std::size_t equals = std::min(pair.find('='), pair.size());
      request.head.query.emplace_back(
          pair.substr(0, equals), equals < pair.size() ? pair.substr(equals + 1) : std::string());
      query.erase(0, end + 1);
    }
    request.head.headers.Add("Host", "localhost:8420");
    if (!token.empty()) request.head.headers.Add("Authorization", "Bearer " + token);
    request.head.has_body = !body.empty();
    bool typed = false;
    for (const auto& [name, value] : fields) {
      typed = typed || name == "Content-Type";
      request.head.headers.Add(name, value);
    }
    if (!body.empty() && !typed) request.head.headers.Add("Content-Type", "application/json");
    request.head.client_address = "127.0.0.1";
    request.head.from_loopback = true;
    request.head.request_id = "req-1";
    request.body = body;
    return request;
  }

  ApiAnswerSeen Send(HttpRequest request) {
    const HttpAdmission admission = world.route().Admit(request.head);
    if (admission.refusal) {
      return {admission.refusal->status, admission.refusal->headers, admission.refusal->body,
              nullptr};
    }
    EXPECT_LE(request.body.size(), admission.body_limit);
    const auto reply = std::make_shared<TestReply>();
    world.route().Answer(std::move(request), reply);
    const HttpResponse response = reply->Await();
    return {response.status, response.headers, response.body, reply->stream()};
  }

  ApiAnswerSeen Get(const std::string& target, const std::string& token,
                    const Fields& fields = {}) {
    return Send(Request("GET", "/api/v1/" + target, token, "", fields));
  }
  ApiAnswerSeen Post(const std::string& target, const std::string& token,
                     const std::string& body = "", const Fields& fields = {}) {
    return Send(Request("POST", "/api/v1/" + target, token, body, fields));
  }

  /// The newest entries of the audit as "actor action target result detail", newest first, once
  /// there are as many.
  std::vector<std::string> AwaitAudit(std::size_t count) {
    while (true) {
      const auto entries = world.audit().List(0, 1000);
      if (entries->size() < count) {
        std::this_thread::yield();
        continue;
      }
      std::vector<std::string> lines;
      for (const AuditEntry& entry : *entries) {
        const AuditNote& note = entry.note;
        lines.push_back(note.actor + " " + note.action + " " + note.target + " " + note.result +
                        (note.detail.empty() ? "" : " " + note.detail));
      }
      return lines;
    }
  }

  ApiWorld world;
};

}  // namespace gitops
