// ForgeServer: an HTTP server on loopback that keeps what it is sent and answers what a test tells
// it to: a forge, a chat, a pager.
#pragma once

#include <httplib.h>

#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/check.h"

namespace gitops {

class ForgeServer {
 public:
  struct Request {
    std::string method;
    std::string target;  ///< As sent, not decoded.
    httplib::Headers headers;
    std::string body;

    std::string Header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
  };
  struct Answer {
    int status = 200;
    httplib::Headers headers;
    std::string body = "{}";
  };

  ForgeServer() {
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      requests_.push_back({request.method, request.target, request.headers, request.body});
      Answer answer = next_.empty() ? usual_ : next_.front();
      if (!next_.empty()) next_.erase(next_.begin());
      response.status = answer.status;
      response.headers = answer.headers;
      response.set_content(answer.body, "application/json");
    };
    server_.Get(".*", handler);
    server_.Post(".*", handler);
    port_ = server_.bind_to_any_port("127.0.0.1");
    CHECK(port_ > 0);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~ForgeServer() {
    server_.stop();
    thread_.join();
  }
  ForgeServer(const ForgeServer&) = delete;
  ForgeServer& operator=(const ForgeServer&) = delete;

  int port() const { return port_; }
  std::string Url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  /// The next requests get these answers, in order; all others `usual`.
  void WillAnswer(std::vector<Answer> next) {
    const std::lock_guard lock(mutex_);
    next_ = std::move(next);
  }
  void AnswersUsually(Answer usual) {
    const std::lock_guard lock(mutex_);
    usual_ = std::move(usual);
  }
  /// Everything that came since the last call.
  std::vector<Request> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(requests_, {});
  }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;  ///< Guards the members below.
  std::vector<Request> requests_;
  std::vector<Answer> next_;
  Answer usual_;
};

}  // namespace gitops
