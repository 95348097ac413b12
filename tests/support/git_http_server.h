// GitHttpServer: git-http-backend behind an HTTP or HTTPS server on a free port of loopback, with a
// hook in front that a test uses to misbehave. The certificate is for "localhost", signed by a CA
// of its own.
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/git_fixture.h"

namespace gitops {

class GitHttpServer {
 public:
  /// Answers instead of Git when it returns true.
  using Interceptor = std::function<bool(const httplib::Request&, httplib::Response&)>;

  enum class Scheme { kHttp, kHttps };
  enum class Certificate { kGood, kOtherName, kExpired, kSelfSigned };

  GitHttpServer(GitFixture& fixture, Scheme scheme, Certificate certificate = Certificate::kGood)
      : fixture_(fixture), scheme_(scheme) {
    if (scheme == Scheme::kHttps) {
      const std::string name = "server" + std::to_string(static_cast<int>(certificate));
      MakeCertificate(name, certificate);
      server_ = std::make_unique<httplib::SSLServer>(fixture.Path(name + ".pem").c_str(),
                                                     fixture.Path(name + ".key").c_str());
    } else {
      server_ = std::make_unique<httplib::Server>();
    }
    CHECK(server_->is_valid());
    server_->set_tcp_nodelay(true);
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, response);
    };
    server_->Get(".*", handler);
    server_->Post(".*", handler);
    port_ = server_->bind_to_any_port("127.0.0.1");
    CHECK(port_ > 0);
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();
  }
  ~GitHttpServer() {
    server_->stop();
    thread_.join();
  }
  GitHttpServer(const GitHttpServer&) = delete;
  GitHttpServer& operator=(const GitHttpServer&) = delete;

  int port() const { return port_; }
  /// The address of the repository `name` in the fixture's directory.
  std::string Url(const std::string& name) const {
    return std::string(scheme_ == Scheme::kHttps ? "https" : "http") +
           "://localhost:" + std::to_string(port_) + "/" + name;
  }
  std::string CaFile() const { return fixture_.Path("ca.pem"); }

  void Intercept(Interceptor interceptor) {
    const std::lock_guard lock(mutex_);
    interceptor_ = std::move(interceptor);
  }
  /// Lets only this user and password in.
  void RequireBasicAuth(const std::string& user, const std::string& password) {
    const auto expected = httplib::make_basic_authentication_header(user, password).second;
    Intercept([expected](const httplib::Request& request, httplib::Response& response) {
      if (request.get_header_value("Authorization") == expected) return false;
      response.status = 401;
      response.set_header("WWW-Authenticate", "Basic realm=\"git\"");
      return true;
    });
  }
  int requests() const { return requests_; }
  /// Paths with queries, in order.
  std::vector<std::string> Log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  /// What Git answers. CGI (RFC 3875), as far as git-http-backend needs it.
  void Forward(const httplib::Request& request, httplib::Response& response) {
    ProcessSpec spec;
    spec.argv = {"git", "http-backend"};
    spec.environment = fixture_.Environment();
    spec.environment["GIT_PROJECT_ROOT"] = fixture_.root().string();
    spec.environment["GIT_HTTP_EXPORT_ALL"] = "1";
    spec.environment["REQUEST_METHOD"] = request.method;
    spec.environment["PATH_INFO"] = request.path;
    const std::size_t query = request.target.find('?');
    if (query != std::string::npos) {
      spec.environment["QUERY_STRING"] = request.target.substr(query + 1);
    }
    spec.environment["CONTENT_TYPE"] = request.get_header_value("Content-Type");
    spec.environment["CONTENT_LENGTH"] = std::to_string(request.body.size());
    spec.environment["GIT_PROTOCOL"] = request.get_header_value("Git-Protocol");
    spec.environment["REMOTE_ADDR"] = "127.0.0.1";
    spec.environment["REMOTE_USER"] = "test";
    spec.environment["GIT_CONFIG_COUNT"] = "2";
    spec.environment["GIT_CONFIG_KEY_0"] = "safe.directory";
    spec.environment["GIT_CONFIG_VALUE_0"] = "*";
    spec.environment["GIT_CONFIG_KEY_1"] = "http.receivepack";
    spec.environment["GIT_CONFIG_VALUE_1"] = "true";
    spec.input = request.body;
    spec.timeout = std::chrono::seconds(60);
    spec.output_limit = 256U << 20U;
    const auto result = fixture_.runner().Run(spec, {});
    if (!result || !result->Succeeded()) {
      response.status = 500;
      return;
    }
    response.status = 200;
    std::string type = "text/plain";
    const std::size_t end = result->output.find("\r\n\r\n");
    std::string_view head = std::string_view(result->output).substr(0, end);
    while (!head.empty()) {
      const std::size_t line_end = head.find("\r\n");
      const std::string line(head.substr(0, line_end));
      const std::size_t colon = line.find(": ");
      const std::string name = line.substr(0, colon);
      const std::string value = colon == std::string::npos ? "" : line.substr(colon + 2);
      if (name == "Status") {
        response.status = std::stoi(value);
      } else if (name == "Content-Type") {
        type = value;
      } else {
        response.set_header(name.c_str(), value);
      }
      head.remove_prefix(line_end == std::string_view::npos ? head.size() : line_end + 2);
    }
    response.set_content(end == std::string::npos ? "" : result->output.substr(end + 4), type);
  }

 private:
  void MakeCertificate(const std::string& name, Certificate kind) {
    if (!std::filesystem::exists(CaFile())) MakeSelfSigned("ca", "/CN=test CA");
    if (kind == Certificate::kSelfSigned) return MakeSelfSigned(name, "/CN=localhost");
    fixture_.Run({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                  "-nodes", "-subj", "/CN=localhost", "-keyout", fixture_.Path(name + ".key"),
                  "-out", fixture_.Path(name + ".csr")});
    const bool other = kind == Certificate::kOtherName;
    fixture_.WriteFile(fixture_.Path(name + ".san"),
                       std::string("subjectAltName=DNS:") + (other ? "example.org" : "localhost"));
    const char* days = kind == Certificate::kExpired ? "-1" : "2";
    fixture_.Run({"openssl", "x509", "-req", "-in", fixture_.Path(name + ".csr"), "-CA", CaFile(),
                  "-CAkey", fixture_.Path("ca.key"), "-CAcreateserial", "-days", days, "-extfile",
                  fixture_.Path(name + ".san"), "-out", fixture_.Path(name + ".pem")});
  }
  void MakeSelfSigned(const std::string& name, const std::string& subject) {
    fixture_.Run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", subject,
                  "-addext", "basicConstraints=critical,CA:TRUE", "-keyout",
                  fixture_.Path(name + ".key"), "-out", fixture_.Path(name + ".pem")});
  }

  void Answer(const httplib::Request& request, httplib::Response& response) {
    ++requests_;
    Interceptor interceptor;
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(request.target);
      interceptor = interceptor_;
    }
    if (interceptor && interceptor(request, response)) return;
    Forward(request, response);
  }

  GitFixture& fixture_;
  Scheme scheme_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
  std::atomic<int> requests_{0};
  mutable std::mutex mutex_;
  Interceptor interceptor_;
  std::vector<std::string> log_;
};

}  // namespace gitops
