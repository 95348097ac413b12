// ServerThreads: the threads of the HTTP front, made in this one place. They end when what they run
// does; whoever owns them stops that first.
#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace gitops {

class ServerThreads {
 public:
  ServerThreads() = default;
  ~ServerThreads() { Join(); }
  ServerThreads(const ServerThreads&) = delete;
  ServerThreads& operator=(const ServerThreads&) = delete;

  /// `body` must not throw.
  void Start(std::function<void()> body);
  void Join();

  /// What FrontOptions::threads means on this machine.
  static int CountFor(int wanted);

 private:
  std::vector<std::thread> threads_;
};

}  // namespace gitops
