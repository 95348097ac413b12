#include "engine/os/curl_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>

#include "engine/os/curl_library.h"
#include "engine/os/outbound_address.h"

namespace gitops {
namespace {

/// A list of texts as libcurl takes them.
class List {
 public:
  explicit List(const CurlLibrary& curl) : curl_(curl), list_(nullptr, curl.slist_free_all) {}

  void Append(const std::string& text) {
    curl_slist* longer = curl_.slist_append(list_.get(), text.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list_.release());
    list_.reset(longer);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  const CurlLibrary& curl_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list_;
};

/// One transfer. curl calls back into it, so that it stays where it is.
class Transfer {
 public:
  Transfer(const CurlLibrary& curl, std::stop_token stop)
      : curl_(curl), easy_(curl.easy_init(), curl.easy_cleanup), stop_(std::move(stop)) {
    if (!easy_) throw std::bad_alloc();
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_PROXY, "");  // A proxy would connect to addresses that nobody looked at.
    Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_FRESH_CONNECT, 1L);
    Set(CURLOPT_FORBID_REUSE, 1L);
    Set(CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OpenSocket);
    Set(CURLOPT_OPENSOCKETDATA, this);
    Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &Transfer::GoOn);
    Set(CURLOPT_XFERINFODATA, this);
    Set(CURLOPT_USERAGENT, "tfgrid-compose");
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_.easy_setopt(easy_.get(), option, value);
  }

  void SetBodyLimit(std::size_t limit) { body_limit_ = limit; }

  void StayOnThisMachine() { loopback_ = true; }

  void TakeAnyCertificate() {
    Set(CURLOPT_SSL_VERIFYPEER, 0L);
    Set(CURLOPT_SSL_VERIFYHOST, 0L);
  }

  void SetTimeout(std::chrono::milliseconds timeout) {
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  }

  /// `text` is sent as the body of a mail; outlives the transfer.
  void Upload(std::string_view text) {
    upload_ = text;
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_READFUNCTION, &Transfer::GiveBody);
    Set(CURLOPT_READDATA, this);
  }

  Status Perform() {
    const CURLcode code = curl_.easy_perform(easy_.get());
    if (code == CURLE_OK) return {};
    if (refused_address_) {
      return MakeError(ErrorKind::kInvalid, "address is refused",
                       loopback_ ? "it is not one of this machine's loopback"
                                 : "the host's name resolves to a link-local, multicast or "
                                   "unspecified address",
                       "name a host that is meant to be reached");
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
      return MakeError(ErrorKind::kCancelled, "stopped", "the request was interrupted");
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return MakeError(ErrorKind::kTransient, "no answer in time", "it took too long");
    }
    const bool wrong = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
    // The text of the code alone: curl's detailed message may quote what was sent.
    return MakeError(wrong ? ErrorKind::kInvalid : ErrorKind::kTransient, "request failed",
                     curl_.easy_strerror(code));
  }

  int StatusCode() const {
    long status = 0;
    curl_.easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }

  std::string TakeBody() { return std::move(body_); }
  bool truncated() const { return truncated_; }
  /// The value of a header of the answer; "" when there is none. `name` is lower case.
  std::string Header(std::string_view name) const {
    for (const auto& [key, value] : headers_) {
      if (key == name) return value;
    }
    return "";
  }

 private:
  static curl_socket_t OpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(self);
    const bool allowed =
        transfer.loopback_ ? IsLoopback(address->addr) : MayConnectTo(address->addr);
    if (!allowed) {
      transfer.refused_address_ = true;
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  static std::size_t OnBody(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t room = transfer.body_limit_ - transfer.body_.size();
    transfer.body_.append(bytes, std::min(count, room));
    transfer.truncated_ = count > room;
    // What is over is not wanted, and waiting for it would only hold the caller up.
    return transfer.truncated_ ? CURL_WRITEFUNC_ERROR : count;
  }

  static std::size_t OnHeader(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& headers = static_cast<Transfer*>(self)->headers_;
    std::string_view line(bytes, count);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || headers.size() >= 100) return count;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    line.remove_prefix(colon + 1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    headers.emplace_back(std::move(name), std::string(line.substr(0, 1024)));
    return count;
  }

  static std::size_t GiveBody(char* buffer, std::size_t size, std::size_t count, void* self) {
    std::string_view& rest = static_cast<Transfer*>(self)->upload_;
    const std::size_t given = std::min(size * count, rest.size());
    std::memcpy(buffer, rest.data(), given);
    rest.remove_prefix(given);
    return given;
  }

  static int GoOn(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->stop_.stop_requested() ? 1 : 0;
  }

  const CurlLibrary& curl_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
  std::stop_token stop_;
  std::string body_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string_view upload_;
  std::size_t body_limit_ = 64 * 1024;
  bool truncated_ = false;
  bool loopback_ = false;
  bool refused_address_ = false;
};

/// A line break would begin another header.
bool IsHeaderValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F;
  });
}

std::optional<std::chrono::seconds> NumberOf(const std::string& text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() ||
      number < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(number);
}

}  // namespace

// Both count, and are safe beside threads since 7.84 (curl_global_init(3)).
CurlClient::CurlClient() : curl_(LoadCurl()) {
  if (curl_) (*curl_)->global_init(CURL_GLOBAL_DEFAULT);
}
CurlClient::~CurlClient() {
  if (curl_) (*curl_)->global_cleanup();
}

Status CurlClient::Ready() const {
  if (!curl_) return curl_.error();
  return {};
}

Result<WebResponse> CurlClient::Send(const WebRequest& request, std::stop_token stop) {
  RETURN_IF_ERROR(Ready());
  Transfer transfer(**curl_, std::move(stop));
  transfer.Set(CURLOPT_PROTOCOLS_STR, "http,https");
  transfer.Set(CURLOPT_URL, std::string(request.url.Reveal()).c_str());
  transfer.Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  transfer.SetTimeout(request.timeout);
  transfer.SetBodyLimit(request.body_limit);
  if (request.loopback) transfer.StayOnThisMachine();
  if (request.any_certificate) transfer.TakeAnyCertificate();
  if (request.method == "GET" && request.body.empty()) {
    transfer.Set(CURLOPT_HTTPGET, 1L);
  } else {
    transfer.Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    transfer.Set(CURLOPT_POSTFIELDS, request.body.data());
  }
  List headers(**curl_);
  headers.Append("Expect:");  // Waiting for "100 Continue" would only cost time.
  for (const auto& [name, value] : request.headers) {
    if (!IsHeaderValue(value.Reveal())) {
      return MakeError(ErrorKind::kInvalid, "not a header's value",
                       "the value for \"" + name + "\" holds a control byte",
                       "is there a line break in the secret's file?");
    }
    headers.Append(name + ": " + std::string(value.Reveal()));
  }
  transfer.Set(CURLOPT_HTTPHEADER, headers.get());
  const Status status = transfer.Perform();
  WebResponse response;
  response.status = transfer.StatusCode();
  response.body = transfer.TakeBody();
  response.truncated = transfer.truncated();
  // An answer whose body is longer than wanted is an answer.
  if (!status && !response.truncated) return status.error();
  response.retry_after = NumberOf(transfer.Header("retry-after"));
  if (transfer.Header("x-ratelimit-remaining") == "0") {
    response.rate_limit_reset = NumberOf(transfer.Header("x-ratelimit-reset"));
  }
  return response;
}

Status CurlClient::Send(const Mail& mail, std::stop_token stop) {
  RETURN_IF_ERROR(Ready());
  Transfer transfer(**curl_, std::move(stop));
  transfer.Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  transfer.Set(CURLOPT_URL, std::string(mail.server.Reveal()).c_str());
  transfer.SetTimeout(mail.timeout);
  transfer.Set(CURLOPT_USE_SSL,
               static_cast<long>(mail.allow_plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  const std::string password(mail.password.Reveal());
  if (!mail.user.empty()) {
    transfer.Set(CURLOPT_USERNAME, mail.user.c_str());
    transfer.Set(CURLOPT_PASSWORD, password.c_str());
  }
  transfer.Set(CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  List recipients(**curl_);
  for (const std::string& address : mail.to) recipients.Append("<" + address + ">");
  transfer.Set(CURLOPT_MAIL_RCPT, recipients.get());
  transfer.Upload(mail.text);
  Status status = transfer.Perform();
  if (status) return status;
  // 4yz: later perhaps; 5yz: never (RFC 5321 §4.2.1).
  const int code = transfer.StatusCode();
  if (status.error().kind == ErrorKind::kTransient && code >= 400) {
    return MakeError(code >= 500 ? ErrorKind::kInvalid : ErrorKind::kTransient, "mail was refused",
                     "the server answered " + std::to_string(code));
  }
  return status;
}

}  // namespace gitops
