#include "engine/server/exchange.h"

#include <utility>

#include "engine/server/front_problems.h"

namespace gitops {

/// The route's end of a stream; when it goes, the stream has ended.
class Exchange::Stream : public HttpStream {
 public:
  explicit Stream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~Stream() override { exchange_->Close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool Write(std::string bytes) override { return exchange_->Write(bytes); }
  void Close() override { exchange_->Close(); }
  bool closed() const override { return exchange_->closed(); }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

/// Holds the exchange; the first answer counts.
class Exchange::Reply : public HttpReply {
 public:
  explicit Reply(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~Reply() override {
    exchange_->Answer(ProblemResponse(FrontProblem(500, kInternal), exchange_->request_id_), false);
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  void Send(HttpResponse response) override { exchange_->Answer(std::move(response), false); }
  std::shared_ptr<HttpStream> Begin(HttpResponse head) override {
    exchange_->Answer(std::move(head), true);
    return std::make_shared<Stream>(exchange_);
  }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

std::shared_ptr<HttpReply> Exchange::MakeReply() {
  return std::make_shared<Reply>(shared_from_this());
}

void Exchange::Answer(HttpResponse response, bool stream) {
  std::unique_lock lock(mutex_);
  if (std::exchange(answered_, true)) return;
  response_ = std::move(response);
  stream_ = stream;
  WakeUp(std::move(lock));
}

bool Exchange::Write(const std::string& bytes) {
  std::unique_lock lock(mutex_);
  if (closed_ || !stream_) return false;
  if (waiting_.size() + in_flight_ + bytes.size() > kStreamBytes) {
    closed_ = dropped_ = sleeping_ = true;  // It may be sending: it is woken all the same.
    waiting_ = std::string();
    WakeUp(std::move(lock));
    return false;
  }
  waiting_ += bytes;
  WakeUp(std::move(lock));
  return true;
}

void Exchange::Close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  WakeUp(std::move(lock));
}

bool Exchange::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

Exchange::Taken Exchange::Take() {
  const std::lock_guard lock(mutex_);
  Taken taken;
  taken.response = std::exchange(response_, std::nullopt);
  taken.stream = stream_;
  // A stream's bytes come after its head: the route may have written some already.
  if (!taken.response) taken.bytes = std::exchange(waiting_, std::string());
  in_flight_ += taken.bytes.size();
  taken.ended = closed_ && waiting_.empty();
  sleeping_ = !taken.response && taken.bytes.empty() && !taken.ended;
  return taken;
}

void Exchange::Sent() {
  const std::lock_guard lock(mutex_);
  in_flight_ = 0;
}

void Exchange::Cut() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  waiting_.clear();
  WakeUp(std::move(lock));
}

bool Exchange::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Exchange::WakeUp(std::unique_lock<std::mutex> lock) {
  const bool sleeping = std::exchange(sleeping_, false);
  lock.unlock();
  if (sleeping) wake_();
}

}  // namespace gitops
