// CurlClient: WebClient and MailClient on libcurl, which keeps a deadline for the whole transfer
// and lets every address be looked at before it is connected to. One transfer per call, no
// connection is kept. Thread-safe. The only user of libcurl
// (docs/decisions/0022-libcurl-for-what-goes-out.md).
#pragma once

#include <memory>

#include "engine/os/web_client.h"

namespace gitops {

struct CurlLibrary;

class CurlClient : public WebClient, public MailClient {
 public:
  /// Loads libcurl and makes it ready, from any thread: the second client costs next to nothing.
  CurlClient();
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  /// Errors: kNotFound when libcurl is not there; nothing can be sent then.
  Status Ready() const;

  Result<WebResponse> Send(const WebRequest& request, std::stop_token stop) override;
  Status Send(const Mail& mail, std::stop_token stop) override;

 private:
  const Result<std::unique_ptr<const CurlLibrary>> curl_;
};

}  // namespace gitops
