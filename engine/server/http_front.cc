#include "engine/server/http_front.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "engine/base/digest.h"
#include "engine/os/open_files.h"
#include "engine/os/system_random.h"
#include "engine/server/listeners.h"
#include "engine/server/server_threads.h"
#include "engine/server/tls_identity.h"
#include "engine/server/worker.h"

namespace gitops {
namespace {

/// For databases, repositories, children and the log.
constexpr std::size_t kOtherFiles = 512;
/// After accepting failed, for want of memory or files.
constexpr std::chrono::milliseconds kAcceptPause{100};

IpAddress AddressOf(const asio::ip::tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  if (address.is_v4()) {
    return IpAddress::OfBytes(
        asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes());
  }
  return IpAddress::OfBytes(address.to_v6().to_bytes());
}

/// Another one for each start, so that ids in old logs stay unique.
std::string RequestIdStem() {
  const std::string bytes = RandomBytes(6);
  return ToHex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// No more connections than there can be files for.
void FitToOpenFiles(FrontOptions& options, Log& log) {
  const std::size_t files = RaiseOpenFilesLimit();
  const std::size_t most = files > 2 * kOtherFiles ? files - kOtherFiles : files / 2;
  if (static_cast<std::size_t>(options.limits.connections) <= most) return;
  log.Warning("fewer connections than configured fit into the limit of open files",
              {{"connections", std::to_string(most)}, {"openFiles", std::to_string(files)}});
  options.limits.connections = static_cast<int>(most);
}

}  // namespace

struct HttpFront::Impl {
  Impl(FrontOptions options, HttpRoutes routes, const Clock& clock, Log& log)
      : state(std::move(options), std::move(routes), clock, log) {}

  asio::awaitable<void> AcceptForever(asio::ip::tcp::acceptor& acceptor);
  asio::awaitable<void> RefreshIdentity();
  void MakeWorkers();
  void StopAccepting();

  FrontState state;
  std::unique_ptr<TlsIdentity> identity;
  std::vector<std::unique_ptr<Worker>> workers;  ///< The first one accepts.
  std::vector<asio::ip::tcp::acceptor> acceptors;
  std::unique_ptr<asio::steady_timer> refresh;
  std::vector<std::uint16_t> ports;
  std::string loopback;
  std::size_t next_worker = 0;
  bool accepting = true;  ///< Of the first worker's thread.
  ServerThreads threads;
};

asio::awaitable<void> HttpFront::Impl::AcceptForever(asio::ip::tcp::acceptor& acceptor) {
  asio::steady_timer pause(workers.front()->io());
  while (accepting) {
    Worker& worker = *workers[next_worker++ % workers.size()];
    asio::ip::tcp::socket socket(worker.io());
    asio::ip::tcp::endpoint peer;
    error_code error;
    co_await acceptor.async_accept(socket, peer, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      worker.Adopt(std::move(socket), AddressOf(peer), identity ? identity->current() : nullptr);
    } else if (accepting && error != asio::error::connection_aborted) {
      state.log.Warning("a connection cannot be accepted", {{"error", error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

asio::awaitable<void> HttpFront::Impl::RefreshIdentity() {
  while (accepting) {
    refresh->expires_after(state.options.tls_check);
    error_code ignored;
    co_await refresh->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (accepting) identity->Refresh(state.log);
  }
}

void HttpFront::Impl::MakeWorkers() {
  const int count = ServerThreads::CountFor(state.options.threads);
  const std::string stem = RequestIdStem();
  const std::size_t most =
      static_cast<std::size_t>(std::max(1, (state.options.limits.connections + count - 1) / count));
  for (int i = 0; i < count; ++i) {
    const std::string ids = stem + "-" + std::to_string(i) + "-";
    workers.push_back(std::make_unique<Worker>(state, ids, most));
  }
}

void HttpFront::Impl::StopAccepting() {
  workers.front()->mailbox()->Post([this] {
    accepting = false;
    error_code ignored;
    for (auto& acceptor : acceptors) acceptor.close(ignored);
    if (refresh) refresh->cancel();
  });
}

HttpFront::HttpFront(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<HttpFront>> HttpFront::Start(FrontOptions options, HttpRoutes routes,
                                                    const Clock& clock, Log& log) {
  FitToOpenFiles(options, log);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(routes), clock, log);
  if (impl->state.options.tls) {
    ASSIGN_OR_RETURN(impl->identity, TlsIdentity::Load(*impl->state.options.tls));
  }
  impl->MakeWorkers();
  asio::io_context& io = impl->workers.front()->io();
  ASSIGN_OR_RETURN(impl->acceptors,
                   Listen(io, impl->state.options.listen, impl->state.options.backlog));
  impl->loopback = LoopbackOf(impl->acceptors);
  if (impl->loopback.empty() && impl->state.options.on_loopback_too) {
    ASSIGN_OR_RETURN(auto more, Listen(io, {"127.0.0.1:0"}, impl->state.options.backlog));
    impl->loopback = LoopbackOf(more);
    for (auto& acceptor : more) impl->acceptors.push_back(std::move(acceptor));
  }
  for (auto& acceptor : impl->acceptors) {
    impl->ports.push_back(acceptor.local_endpoint().port());
    asio::co_spawn(io, impl->AcceptForever(acceptor), asio::detached);
  }
  if (impl->identity) {
    impl->refresh = std::make_unique<asio::steady_timer>(io);
    asio::co_spawn(io, impl->RefreshIdentity(), asio::detached);
  }
  for (const auto& worker : impl->workers) {
    impl->threads.Start([&worker = *worker] { worker.Run(); });
  }
  return std::unique_ptr<HttpFront>(new HttpFront(std::move(impl)));
}

HttpFront::~HttpFront() {
  impl_->StopAccepting();
  for (const auto& worker : impl_->workers) worker->Stop();
  impl_->threads.Join();
  // Nothing may reach a worker any more, neither a late answer nor a client in its mailbox.
  for (const auto& worker : impl_->workers) worker->mailbox()->Close();
}

const std::vector<std::uint16_t>& HttpFront::ports() const { return impl_->ports; }

const std::string& HttpFront::loopback() const { return impl_->loopback; }

bool HttpFront::Drain(std::chrono::milliseconds patience) {
  impl_->StopAccepting();
  for (const auto& worker : impl_->workers) worker->Drain();
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  const MonotonicTime deadline = impl_->state.clock.MonotonicNow() + patience;
  while (impl_->state.counts.open > 0 && impl_->state.clock.MonotonicNow() < deadline) {
    never.wait_for(lock, std::chrono::milliseconds(10));
  }
  return impl_->state.counts.open == 0;
}

void HttpFront::Follow(const ServerSpec& spec) {
  impl_->state.settings.Set(SettingsOf(OptionsOf(spec)));
}

const FrontCounts& HttpFront::counts() const { return impl_->state.counts; }

}  // namespace gitops
