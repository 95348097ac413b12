#include "engine/server/client_connection.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/server/client_address.h"
#include "engine/server/front_problems.h"

namespace gitops {
namespace {

/// A usual webhook comes with one read into this.
constexpr std::size_t kReadBytes = 32 * 1024;
/// What is read at most of a client that was refused, so that it can read why.
constexpr std::size_t kLingerBytes = 256 * 1024;

std::string_view Text(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

}  // namespace

ClientConnection::ClientConnection(std::unique_ptr<Wire> wire, IpAddress peer, FrontState& state,
                                   ConnectionHost& host)
    : wire_(std::move(wire)),
      peer_(peer),
      state_(state),
      host_(host),
      settings_(state.settings.Get()),
      wake_(host.io()) {
  ++state_.counts.open;
  place_ = host_.waiting().insert(host_.waiting().end(), this);
  Enter(Phase::kOpening, settings_->head_timeout);
}

ClientConnection::~ClientConnection() {
  StopWaiting();
  host_.Forget(*this);
  --state_.counts.open;
}

asio::awaitable<void> ClientConnection::Run() {
  const error_code error = co_await wire_->Open();
  bool more = !error;
  while (more) more = co_await ServeOne();
  Close();
}

asio::awaitable<bool> ClientConnection::ServeOne() {
  settings_ = state_.settings.Get();
  RequestReader reader(settings_->head, state_.memory);
  const bool has_head = co_await ReadHead(reader);
  StopWaiting();
  if (!has_head) co_return false;
  RequestHead& head = reader.head();
  if (reader.state() == RequestReader::State::kRefused) {
    HttpResponse response = ProblemResponse(reader.problem(), request_id_);
    co_return co_await Refuse(std::move(response), head.answer);
  }
  ++state_.counts.requests;
  settings_ = state_.settings.Get();  // It may have waited for long.
  head.head.client_address =
      ClientAddress(peer_, head.head.headers, settings_->trusted_proxies).ToString();
  head.head.from_loopback = peer_.IsLoopback();
  head.head.request_id = request_id_;
  const std::string name = head.head.segments.empty() ? "" : head.head.segments.front();
  const auto found = state_.routes.find(name);
  HttpAdmission admission;
  if (found == state_.routes.end()) {
    admission.refusal = ProblemResponse(FrontProblem(404, kNotFound), request_id_);
  } else {
    try {
      admission = found->second->Admit(head.head);
    } catch (const std::exception& error) {
      state_.log.Error("a route failed", {{"request", request_id_}, {"error", error.what()}});
      admission.refusal = InternalError(request_id_);
    }
  }
  if (admission.refusal) {
    if (head.head.has_body) co_return co_await Refuse(*std::move(admission.refusal), head.answer);
    co_return co_await Send(*std::move(admission.refusal), head.answer, !head.answer.keep_alive);
  }
  reader.AcceptBody(admission.body_limit);
  const bool has_body = co_await ReadBody(reader);
  if (!has_body) co_return false;
  co_return co_await WaitForAnswer(reader, *found->second);
}

/// False: the connection is over.
asio::awaitable<bool> ClientConnection::ReadHead(RequestReader& reader) {
  if (draining_) co_return false;
  if (!place_) place_ = host_.waiting().insert(host_.waiting().end(), this);
  Enter(Phase::kIdle, settings_->idle_timeout);
  if (buffer_.size() == 0) {
    // Those who wait hold no memory: there may be many of them.
    buffer_.shrink_to_fit();
    const error_code error = co_await wire_->WaitReadable();
    if (error) co_return false;
  }
  while (true) {
    if (buffer_.size() > 0) {
      if (phase_ == Phase::kIdle) {
        request_id_ = host_.NextRequestId();
        Enter(Phase::kHead, settings_->head_timeout);
        ++state_.counts.heads;
      }
      buffer_.consume(reader.Take(Text(buffer_)));
      if (reader.state() != RequestReader::State::kHead) co_return true;
    }
    const error_code error = co_await Fill();
    if (!error) continue;
    if (expired_ && phase_ == Phase::kHead && !closed_) {
      HttpResponse response = ProblemResponse(
          FrontProblem(408, kTooSlow, "the head did not arrive in time"), request_id_);
      co_await Refuse(std::move(response), reader.head().answer);
    }
    co_return false;
  }
}

/// False: it was refused, or the connection is over.
asio::awaitable<bool> ClientConnection::ReadBody(RequestReader& reader) {
  using State = RequestReader::State;
  if (reader.state() == State::kBody && buffer_.size() > 0) {
    buffer_.consume(reader.Take(Text(buffer_)));
  }
  if (reader.state() == State::kBody) {
    auto of_client =
        state_.client_bodies.Take(reader.head().head.client_address, settings_->bodies_per_client);
    Share place(state_.memory.bodies);
    if (!of_client || !place.Take(1)) {
      HttpResponse response =
          BusyResponse(of_client ? "too many request bodies are arriving"
                                 : "too many request bodies of this client are arriving",
                       request_id_);
      of_client.reset();  // Whoever lingers holds no place.
      co_return co_await Refuse(std::move(response), reader.head().answer);
    }
    const bool whole = co_await ReadSlowBody(reader);
    if (!whole) co_return false;
  }
  if (reader.state() == State::kWhole) co_return true;
  HttpResponse response = reader.problem().status == 503
                              ? BusyResponse(reader.problem().detail, request_id_)
                              : ProblemResponse(reader.problem(), request_id_);
  co_return co_await Refuse(std::move(response), reader.head().answer);
}

/// A body that has not come with its head. True: the reader has decided; else as ReadBody.
asio::awaitable<bool> ClientConnection::ReadSlowBody(RequestReader& reader) {
  using State = RequestReader::State;
  body_ = &reader;
  Enter(Phase::kBody, settings_->body_timeout);
  ++state_.counts.bodies;
  error_code error;
  if (reader.head().wants_continue && reader.body_bytes() == 0 && buffer_.size() == 0) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::array<asio::const_buffer, 3> bytes{
        asio::const_buffer(kContinue.data(), kContinue.size())};
    error = co_await wire_->Write(bytes);
  }
  while (!error && reader.state() == State::kBody) {
    error = co_await Fill();
    if (!error) buffer_.consume(reader.Take(Text(buffer_)));
  }
  body_ = nullptr;
  if (!error) co_return true;
  if (expired_ && !closed_) {
    HttpResponse response = ProblemResponse(
        FrontProblem(408, kTooSlow, "the body did not arrive in time"), request_id_);
    co_await Refuse(std::move(response), reader.head().answer);
  }
  co_return false;
}

asio::awaitable<bool> ClientConnection::WaitForAnswer(RequestReader& reader, HttpRoute& route) {
  Enter(Phase::kAnswering, state_.options.answer_timeout);
  const std::weak_ptr<ClientConnection> weak = weak_from_this();
  const auto exchange = std::make_shared<Exchange>(request_id_, [mailbox = host_.mailbox(), weak] {
    mailbox->Post([weak] {
      if (const auto connection = weak.lock()) connection->Wake();
    });
  });
  exchange_ = exchange;
  const AnswerForm form = reader.head().answer;
  {
    std::shared_ptr<HttpReply> reply = exchange->MakeReply();
    try {
      route.Answer(reader.TakeRequest(), reply);
    } catch (const std::exception& error) {
      state_.log.Error("a route failed", {{"request", request_id_}, {"error", error.what()}});
      reply->Send(InternalError(request_id_));
    }
  }
  Exchange::Taken taken = exchange->Take();
  while (!taken.response && !expired_ && !closed_) {
    co_await Sleep();
    taken = exchange->Take();
  }
  reader.ReleaseBody();
  if (closed_) {
    exchange->Cut();
    co_return false;
  }
  if (!taken.response) {
    exchange->Cut();
    exchange_.reset();
    state_.log.Error("a route gave no answer in time", {{"request", request_id_}});
    HttpResponse response = BusyResponse("there was no answer in time", request_id_);
    co_return co_await Send(std::move(response), form, true);
  }
  if (!taken.stream) {
    exchange_.reset();
    co_return co_await Send(*std::move(taken.response), form, !form.keep_alive);
  }
  co_await SendStream(*std::move(taken.response), form, exchange);
  exchange_.reset();
  co_return false;
}

/// True: the connection goes on.
asio::awaitable<bool> ClientConnection::Send(HttpResponse response, const AnswerForm& form,
                                             bool close) {
  close = close || draining_;
  const auto length = static_cast<std::int64_t>(response.body.size());
  Enter(Phase::kSending, state_.options.send_timeout * (1 + length / (1024 * 1024)));
  ResponseFrame frame{request_id_, host_.Date(), BodyFraming::kLength, close};
  std::string bytes;
  if (!AppendResponseHead(response, frame, bytes)) {
    state_.log.Error("a route gave an answer that cannot be sent", {{"request", request_id_}});
    response = InternalError(request_id_);
    bytes.clear();
    CHECK(AppendResponseHead(response, frame, bytes));
  }
  const bool with_body = !form.without_body && HasBody(response.status);
  const std::array<asio::const_buffer, 3> buffers{
      asio::buffer(bytes), with_body ? asio::buffer(response.body) : asio::const_buffer()};
  const error_code error = co_await wire_->Write(buffers);
  state_.log.Debug("request answered",
                   {{"request", request_id_}, {"status", std::to_string(response.status)}});
  if (error || closed_) co_return false;
  if (close) co_await wire_->Finish();
  co_return !close;
}

/// Answers a request of which the rest is not read; the connection is over after it.
asio::awaitable<bool> ClientConnection::Refuse(HttpResponse response, const AnswerForm& form) {
  ++state_.counts.refused;
  co_await Send(std::move(response), form, true);
  if (!closed_) co_await Linger();
  co_return false;
}

/// A socket that is closed with unread bytes takes the answer back; so some of them are read.
asio::awaitable<void> ClientConnection::Linger() {
  Enter(Phase::kLingering, state_.options.linger);
  std::size_t ignored = buffer_.size();
  buffer_.clear();
  error_code error;
  while (!error && ignored < kLingerBytes) {
    error = co_await Fill();
    ignored += buffer_.size();
    buffer_.clear();
  }
}

asio::awaitable<error_code> ClientConnection::Fill() {
  if (buffer_.capacity() == 0) buffer_.reserve(kReadBytes);
  const std::size_t room = buffer_.capacity() - buffer_.size();
  error_code error;
  const std::size_t size =
      co_await wire_->Read(buffer_.prepare(room > 0 ? room : kReadBytes), error);
  buffer_.commit(size);
  co_return error;
}

asio::awaitable<void> ClientConnection::Sleep() {
  if (expired_ || closed_) co_return;
  wake_.expires_at(asio::steady_timer::time_point::max());
  error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void ClientConnection::Enter(Phase phase, std::optional<std::chrono::milliseconds> allowed) {
  phase_ = phase;
  expired_ = false;
  entered_ = state_.clock.MonotonicNow();
  until_ = allowed ? std::optional(entered_ + *allowed) : std::nullopt;
}

void ClientConnection::StopWaiting() {
  if (place_) host_.waiting().erase(*place_);
  place_.reset();
}

bool ClientConnection::BodyTooSlow(MonotonicTime now) const {
  const auto elapsed = now - entered_;
  if (phase_ != Phase::kBody || elapsed <= state_.options.body_rate_grace) return false;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  return body_->body_bytes() < static_cast<std::size_t>(seconds) * state_.options.body_rate;
}

void ClientConnection::Tick(MonotonicTime now) {
  if (closed_ || expired_) return;
  if ((until_ && now >= *until_) || BodyTooSlow(now)) Expire();
}

void ClientConnection::Expire() {
  ++state_.counts.expired;
  expired_ = true;
  switch (phase_) {
    case Phase::kHead:
    case Phase::kBody:
      wire_->Cancel();  // The coroutine says why.
      break;
    case Phase::kAnswering:
      Wake();
      break;
    case Phase::kOpening:
    case Phase::kIdle:
    case Phase::kSending:
    case Phase::kStreaming:
    case Phase::kLingering:
      Close();
      break;
  }
}

void ClientConnection::Wake() {
  if (exchange_ && exchange_->dropped()) wire_->Close();
  wake_.cancel();
}

void ClientConnection::Drain() {
  draining_ = true;
  if (phase_ == Phase::kIdle || phase_ == Phase::kOpening) Close();
  if (phase_ == Phase::kStreaming && exchange_) exchange_->End();
}

void ClientConnection::Close() {
  closed_ = true;
  StopWaiting();
  wire_->Close();
  if (exchange_) exchange_->Cut();
  wake_.cancel();
}

}  // namespace gitops
