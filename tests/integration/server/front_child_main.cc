// A front with its default limits and one route, /test, that takes bodies of 25 MB. Says its port
// on standard output, and serves until standard input ends.
#include <unistd.h>

#include <cstdio>

#include "engine/os/system_clock.h"
#include "engine/server/health_route.h"
#include "engine/server/http_front.h"

namespace {

class BodyRoute : public gitops::HttpRoute {
 public:
  gitops::HttpAdmission Admit(const gitops::HttpHead&) override {
    return {std::nullopt, 26'214'400};
  }
  void Answer(gitops::HttpRequest request, std::shared_ptr<gitops::HttpReply> reply) override {
    gitops::HttpResponse response;
    response.body = std::to_string(request.body.size());
    reply->Send(std::move(response));
  }
};

}  // namespace

int main() {
  const gitops::SystemClock clock;
  gitops::Log log(gitops::LogLevel::kWarning, gitops::LogFormat::kText);
  gitops::FrontOptions options;
  options.listen = {"127.0.0.1:0"};
  auto front = gitops::HttpFront::Start(
      options, {{"healthz", gitops::HealthRoute::Alive()}, {"test", std::make_shared<BodyRoute>()}},
      clock, log);
  if (!front) {
    std::fprintf(stderr, "%s\n", front.error().ToString().c_str());
    return 1;
  }
  std::printf("%d\n", static_cast<int>((*front)->ports().front()));
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
