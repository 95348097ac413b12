// Fetch children that are copies of a program which is kept ready: that they are as good as
// children that are started, and learn nothing of each other.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <sstream>

#include "sources/fetch_wire.h"
#include "tests/integration/git/mirror_test_base.h"
#include "tests/support/git_http_server.h"
#include "tests/support/tcp_server.h"

namespace gitops {
namespace {

using Scheme = GitHttpServer::Scheme;

std::string FileOf(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

#if !defined(__SANITIZE_ADDRESS__)  // Its shadow is larger than what can be read.
/// All that a process has in memory and could write.
std::string MemoryOf(pid_t pid) {
  std::string all;
  std::istringstream maps(FileOf(pid, "maps"));
  std::ifstream memory("/proc/" + std::to_string(pid) + "/mem", std::ios::binary);
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights) != 3) continue;
    if (rights[1] != 'w') continue;
    std::string part(end - begin, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(part.data(), static_cast<std::streamsize>(part.size()));
    all.append(part, 0, static_cast<std::size_t>(std::max<std::streamsize>(0, memory.gcount())));
  }
  return all;
}
#endif

/// A server that takes one connection and says nothing.
class Silence {
 public:
  Silence()
      : server_([this](int, int end) {
          connected_.set_value();
          pollfd item{end, POLLIN, 0};
          poll(&item, 1, -1);
        }) {}
  std::string Address() const { return server_.Address(); }
  void AwaitConnection() { connected_.get_future().wait(); }

 private:
  std::promise<void> connected_;
  TcpServer server_;
};

class FetchNurseryTest : public MirrorTest {
 protected:
  FetchNurseryTest() : server_(fixture_, Scheme::kHttps) {
    fixture_.Commit(fixture_.Path("up.git"), {{"web/tfgrid-compose.yaml", "1"}});
    auto nursery = Nursery::Start(FetchNursery(FETCH_CHILD));
    EXPECT_TRUE(nursery) << Explain(nursery);
    nursery_ = *std::move(nursery);
    runner_->UseNursery(nursery_.get());
  }
  SourceSpec Https() const {
    SourceSpec source = Source(server_.Url("up.git"));
    source.auth.ca_file = server_.CaFile();
    return source;
  }
  /// A child that is told nothing that it understands, and says so.
  ProcessSpec Nonsense() const {
    ProcessSpec spec = FetchNursery(FETCH_CHILD);
    spec.input = "{}";
    return spec;
  }
  /// A child that waits for a server which says nothing. REQUIRES: the mirror is there.
  ProcessSpec Waiting(const Silence& silence) const {
    RemoteRequest request;
    request.mirror = MirrorPath();
    request.source = "apps";
    request.url = "http://" + silence.Address() + "/a.git";
    request.ref = "main";
    request.timeout = std::chrono::seconds(60);
    ProcessSpec spec = FetchNursery(FETCH_CHILD);
    spec.input = EncodeRequest(request);
    return spec;
  }
  ProcessResult MustRun(const ProcessSpec& spec) {
    auto result = runner_->Run(spec, {});
    EXPECT_TRUE(result) << Explain(result);
    return result ? *result : ProcessResult();
  }

  GitHttpServer server_;
};

TEST_F(FetchNurseryTest, ACopyHasASessionLimitsAndNoDescriptorsOfOthers) {
  MustFetch(Https());
  Silence silence;
  ProcessSpec spec = Waiting(silence);
  spec.memory_limit_bytes = std::int64_t{1} << 34;
  spec.file_size_limit_bytes = 4096;
  std::string limits;
  pid_t session = 0;
  pid_t parent = 0;
  std::size_t descriptors = 0;
  int seen = 0;
  spec.on_start = [&](int pid) {
    silence.AwaitConnection();
    seen = pid;
    limits = FileOf(pid, "limits");
    session = getsid(pid);
    std::istringstream stat(FileOf(pid, "stat"));
    std::string word;
    for (int i = 0; i < 3; ++i) stat >> word;
    stat >> parent;
    for ([[maybe_unused]] const auto& each :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
      ++descriptors;
    }
    kill(pid, SIGTERM);
  };
  const ProcessResult result = MustRun(spec);
  EXPECT_EQ(result.signal, SIGTERM) << "it ignores what ends it";
  EXPECT_EQ(session, seen);
  EXPECT_EQ(parent, getpid());
  EXPECT_NE(limits.find("Max file size             4096 "), std::string::npos) << limits;
  EXPECT_NE(limits.find("Max address space         17179869184 "), std::string::npos) << limits;
  EXPECT_NE(limits.find("Max core file size        0 "), std::string::npos) << limits;
  EXPECT_LE(descriptors, 6U) << "three streams, the connection, and what the library holds";
}

TEST_F(FetchNurseryTest, NoTwoCopiesUseTheSameRandomNumbers) {
  std::mutex mutex;
  std::vector<std::string> hellos;
  TcpServer listener([&](int connection, int) {
    std::string bytes(43, '\0');  // Up to the end of ClientHello.random (RFC 5246, 7.4.1.2).
    if (recv(connection, bytes.data(), bytes.size(), MSG_WAITALL) != 43) return;
    const std::lock_guard lock(mutex);
    hellos.push_back(bytes.substr(15));  // The first four may be the time.
  });
  for (int i = 0; i < 2; ++i) {
    const auto fetched = Fetch(Source("https://" + listener.Address() + "/a.git"));
    EXPECT_FALSE(fetched);
  }
  EXPECT_TRUE(nursery_->Serves(Nonsense()));
  const std::lock_guard lock(mutex);
  ASSERT_EQ(hellos.size(), 2U);
  EXPECT_NE(hellos[0], hellos[1]);
}

#if !defined(__SANITIZE_ADDRESS__)  // Its shadow is larger than what can be read.
TEST_F(FetchNurseryTest, TheNurserySeesNoToken) {
  const std::string token = "hunter2-8c1d7f0e6b5a";
  server_.RequireBasicAuth("git", token);
  SourceSpec source = Https();
  fixture_.WriteFile(fixture_.Path("token"), token + "\n");
  source.auth.username = "git";
  source.auth.token = SecretRef{.file = fixture_.Path("token"), .variable = ""};
  MustFetch(source);
  const std::string memory = MemoryOf(nursery_->pid());
  ASSERT_NE(memory.find(server_.CaFile()), std::string::npos) << "it was not used";
  EXPECT_EQ(memory.find(token), std::string::npos);
}
#endif

TEST_F(FetchNurseryTest, ACaFileThatIsReplacedIsReadAgain) {
  MustFetch(Https());
  SourceSpec source = Https();
  const std::string copy = fixture_.Path("copied.pem");
  fixture_.Run({"cp", server_.CaFile(), copy});
  source.auth.ca_file = copy;
  MustFetch(source);
  fixture_.Run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=other", "-keyout",
                fixture_.Path("other.key"), "-out", copy});
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"server certificate was refused"});
}

#if !defined(__SANITIZE_ADDRESS__)  // It lies at one place always, and takes the signal.
TEST_F(FetchNurseryTest, AfterACrashMemoryIsLaidOutAnew) {
  MustFetch(Https());
  const auto place = [&] { return FileOf(nursery_->pid(), "maps").substr(0, 12); };
  const std::string before = place();
  EXPECT_EQ(MustRun(Nonsense()).exit_code, 0);
  EXPECT_EQ(place(), before);
  Silence silence;
  ProcessSpec spec = Waiting(silence);
  spec.on_start = [&](int pid) {
    silence.AwaitConnection();
    kill(pid, SIGSEGV);
  };
  EXPECT_EQ(MustRun(spec).signal, SIGSEGV);
  EXPECT_EQ(MustRun(Nonsense()).exit_code, 0);
  EXPECT_NE(place(), before);
  EXPECT_TRUE(nursery_->Serves(spec));
  MustFetch(Https());
}
#endif

TEST_F(FetchNurseryTest, WhenItIsGoneProgramsAreStarted) {
  kill(nursery_->pid(), SIGKILL);
  MustFetch(Https());
  EXPECT_FALSE(nursery_->Serves(Nonsense()));
  EXPECT_EQ(MustRun(Nonsense()).exit_code, 0);
}

}  // namespace
}  // namespace gitops
