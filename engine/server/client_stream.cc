// The part of ClientConnection that sends answers which go on.
#include <array>
#include <cstdio>
#include <utility>

#include "engine/server/client_connection.h"
#include "engine/server/front_problems.h"

namespace gitops {
namespace {

/// What a client may send at most while a stream is sent to it.
constexpr std::size_t kIgnoredBytes = 64 * 1024;

}  // namespace

asio::awaitable<void> ClientConnection::SendStream(HttpResponse response, const AnswerForm& form,
                                                   std::shared_ptr<Exchange> exchange) {
  ++state_.counts.streams;
  if (draining_) exchange->End();
  const bool chunked = !form.http_1_0;
  const ResponseFrame frame{request_id_, host_.Date(),
                            chunked ? BodyFraming::kChunked : BodyFraming::kUntilClose, true};
  std::string bytes;
  if (!AppendResponseHead(response, frame, bytes)) {
    HttpResponse error = InternalError(request_id_);
    co_await Send(std::move(error), form, true);
  } else {
    Enter(Phase::kStreaming, state_.options.send_timeout);
    const std::array<asio::const_buffer, 3> buffers{asio::buffer(bytes)};
    const error_code error = co_await wire_->Write(buffers);
    if (!error && !form.without_body) {
      asio::co_spawn(host_.io(), WatchClient(exchange), asio::detached);
      co_await PumpStream(exchange, chunked);
    }
  }
  if (exchange->dropped()) ++state_.counts.dropped_streams;
  exchange->Cut();
  --state_.counts.streams;
}

asio::awaitable<void> ClientConnection::PumpStream(const std::shared_ptr<Exchange>& exchange,
                                                   bool chunked) {
  while (!closed_) {
    const Exchange::Taken taken = exchange->Take();
    if (taken.bytes.empty() && taken.ended) break;
    if (taken.bytes.empty()) {
      Enter(Phase::kStreaming, std::nullopt);
      co_await Sleep();
      continue;
    }
    Enter(Phase::kStreaming, state_.options.send_timeout);
    std::array<char, 20> size{};
    const int size_length = std::snprintf(size.data(), size.size(), "%zx\r\n", taken.bytes.size());
    std::array<asio::const_buffer, 3> buffers{asio::const_buffer(), asio::buffer(taken.bytes)};
    if (chunked) {
      buffers[0] = asio::const_buffer(size.data(), static_cast<std::size_t>(size_length));
      buffers[2] = asio::const_buffer("\r\n", 2);
    }
    const error_code error = co_await wire_->Write(buffers);
    if (error) co_return;
    exchange->Sent();
  }
  if (closed_ || exchange->dropped()) co_return;
  Enter(Phase::kSending, state_.options.linger);
  if (chunked) {
    const std::array<asio::const_buffer, 3> buffers{asio::const_buffer("0\r\n\r\n", 5)};
    co_await wire_->Write(buffers);
  }
  co_await wire_->Finish();
}

/// Notices that the client of a stream is gone.
asio::awaitable<void> ClientConnection::WatchClient(std::shared_ptr<Exchange> exchange) {
  const auto self = shared_from_this();
  std::size_t ignored = 0;
  std::array<char, 1024> bytes{};
  error_code error;
  while (!error && ignored < kIgnoredBytes) {
    ignored += co_await wire_->Read(asio::buffer(bytes), error);
  }
  exchange->Cut();
}

}  // namespace gitops
