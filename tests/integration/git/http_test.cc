// Sources on http: git-http-backend, and servers that misbehave.
#include <atomic>

#include "sources/fetch_wire.h"
#include "sources/snapshot_refs.h"
#include "tests/integration/git/mirror_test_base.h"
#include "tests/support/git_http_server.h"
#include "tests/support/memory_tree.h"
#include "tests/support/tcp_server.h"

namespace gitops {
namespace {

using Names = std::vector<std::string>;
using Scheme = GitHttpServer::Scheme;

class HttpSource : public MirrorTest {
 protected:
  HttpSource() : server_(fixture_, Scheme::kHttp) {
    first_ = fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "1"}});
  }
  std::string repository() const { return fixture_.Path("up.git"); }
  SourceSpec Http() const { return Source(server_.Url("up.git")); }

  GitHttpServer server_;
  std::string first_;
};

TEST_F(HttpSource, IsFetchedOnceAndAskedOnceAfterwards) {
  const SourceSpec source = Http();
  const Revision revision = MustFetch(source);
  EXPECT_EQ(revision.commit.Hex(), first_);
  EXPECT_EQ(AppPaths(source, revision), Names{"web"});
  EXPECT_EQ(counters_.fetches, 1U);
  EXPECT_EQ(counters_.remote_queries, 1U);
  const int before = server_.requests();
  EXPECT_EQ(MustFetch(source, revision), revision);
  EXPECT_EQ(server_.requests(), before + 1) << "one query and nothing else";
  EXPECT_EQ(counters_.fetches, 1U);
  EXPECT_EQ(counters_.remote_queries, 2U);
  // A new store that knows nothing needs no objects either.
  Restart();
  EXPECT_EQ(MustFetch(source), revision);
  EXPECT_EQ(counters_.fetches, 1U);
  fixture_.Git(MirrorPath(), {"fsck", "--full", "--strict"});
}

TEST_F(HttpSource, BringsTheConfiguredRefAlone) {
  fixture_.Commit(repository(), {{"x", "1"}}, "other");
  fixture_.Git(repository(), {"tag", "-a", "-m", "t", "v1", "main"});
  SourceSpec source = Http();
  MustFetch(source);
  EXPECT_EQ(fixture_.Git(MirrorPath(), {"for-each-ref", "--format=%(refname)"}),
            "refs/sources/apps");
  source.ref_kind = RefKind::kTag;
  source.ref = "v1";
  EXPECT_EQ(MustFetch(source).commit.Hex(), first_);
  fixture_.Git(repository(), {"tag", "blob", "main:web/tfgrid-compose.yaml"});
  source.ref = "blob";
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"points to a blob"});
  source.ref = "v2";
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"tag not found", "v1"});
}

TEST_F(HttpSource, FollowsPushesForcePushesAndRefsThatComeBack) {
  const SourceSpec source = Http();
  const Revision first = MustFetch(source);
  fixture_.Commit(repository(),
                  {{"web/tfgrid-compose.yaml", "2"}, {"api/tfgrid-compose.yaml", "1"}});
  const Revision second = MustFetch(source, first);
  EXPECT_EQ(AppPaths(source, second), (Names{"api", "web"}));
  const auto comparison = mirror_->Compare(source, *mirror_->TreeAt(source, first.commit),
                                           *mirror_->TreeAt(source, second.commit));
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->added.size(), 1U);
  EXPECT_EQ(comparison->changed.size(), 1U);
  fixture_.Commit(repository(), {{"new/tfgrid-compose.yaml", "x"}}, "main", false);
  const Revision forced = MustFetch(source, second);
  EXPECT_EQ(AppPaths(source, forced), Names{"new"});
  fixture_.Git(repository(), {"update-ref", "refs/heads/keep", "main"});
  fixture_.Git(repository(), {"update-ref", "-d", "refs/heads/main"});
  ExpectError(Fetch(source, forced), ErrorKind::kNotFound, {"branch not found", "keep"});
  EXPECT_EQ(AppPaths(source, forced), Names{"new"}) << "the last good state stays";
  fixture_.Git(repository(), {"update-ref", "-d", "refs/heads/keep"});
  ExpectError(Fetch(source, forced), ErrorKind::kNotFound, {"repository is empty"});
  fixture_.Commit(repository(), {{"again/tfgrid-compose.yaml", "x"}});
  EXPECT_EQ(AppPaths(source, MustFetch(source, forced)), Names{"again"});
}

TEST_F(HttpSource, SnapshotsKeepWhatAForcePushTook) {
  const SourceSpec source = Http();
  const Revision first = MustFetch(source);
  const ObjectId app = (*mirror_->FindApps(source, *mirror_->TreeAt(source, first.commit)))[0].tree;
  ASSERT_TRUE(mirror_->WriteSnapshots(source, "production",
                                      {{{"production", "web"}, 1, app, ObjectId()}}, {}));
  fixture_.Commit(repository(), {{"x", "y"}}, "main", false);
  MustFetch(source, first);
  fixture_.Git(MirrorPath(), {"gc", "--quiet", "--prune=now"});
  Restart();
  EXPECT_TRUE(mirror_->Open(source, app));
}

TEST_F(HttpSource, ACommitIsFetchedByIdOrWithAllBranches) {
  fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "2"}});
  SourceSpec source = Http();
  source.ref_kind = RefKind::kCommit;
  source.ref = first_;
  const Revision revision = MustFetch(source);  // The server gives out tips of refs only.
  EXPECT_EQ(revision.commit.Hex(), first_);
  const int before = server_.requests();
  EXPECT_EQ(MustFetch(source, revision), revision);
  EXPECT_EQ(server_.requests(), before) << "a commit does not move";
  SourceSpec direct = Source(server_.Url("up.git"), "direct");
  fixture_.Git(repository(), {"config", "uploadpack.allowAnySHA1InWant", "true"});
  direct.ref_kind = RefKind::kCommit;
  direct.ref = first_;
  EXPECT_EQ(MustFetch(direct).commit.Hex(), first_);
  source.ref = std::string(40, '1');
  ExpectError(Fetch(source), ErrorKind::kNotFound, {"commit not found"});
}

TEST_F(HttpSource, SaysWhatTheServerAnswered) {
  struct Row {
    int status;
    ErrorKind kind;
    const char* summary;
  };
  const Row table[] = {{401, ErrorKind::kInvalid, "credentials are needed"},
                       {403, ErrorKind::kInvalid, "access was refused"},
                       {404, ErrorKind::kNotFound, "repository not found"},
                       {429, ErrorKind::kTransient, "slow down"},
                       {500, ErrorKind::kTransient, "server failed"},
                       {503, ErrorKind::kTransient, "server failed"}};
  for (const Row& row : table) {
    server_.Intercept([&](const httplib::Request&, httplib::Response& response) {
      response.status = row.status;
      if (row.status == 401) response.set_header("WWW-Authenticate", "Basic realm=\"x\"");
      return true;
    });
    ExpectError(Fetch(Http()), row.kind, {row.summary, "localhost"});
  }
  server_.Intercept([](const httplib::Request&, httplib::Response& response) {
    response.set_content("<html>Please log in</html>", "text/html");
    return true;
  });
  ExpectError(Fetch(Http()), ErrorKind::kTransient, {"does not answer as Git does", "text/html"});
  server_.Intercept(nullptr);
  ExpectError(Fetch(Source(server_.Url("none.git"))), ErrorKind::kNotFound,
              {"repository not found", "none.git"});
  EXPECT_TRUE(Fetch(Http()));
}

TEST_F(HttpSource, RedirectsAreNotFollowedButNamed) {
  TcpServer target([](int, int) {});
  server_.Intercept([&](const httplib::Request& request, httplib::Response& response) {
    response.set_redirect("http://127.0.0.1:" + std::to_string(target.port()) + request.target);
    return true;
  });
  ExpectError(Fetch(Http()), ErrorKind::kInvalid,
              {"redirects are not followed", "localhost:" + std::to_string(server_.port()),
               target.Address()});
  EXPECT_EQ(target.accepted(), 0) << "the other host is never contacted";
}

TEST_F(HttpSource, ATokenNeverGoesOverHttp) {
  SourceSpec source = Http();
  fixture_.WriteFile(fixture_.Path("token"), "hunter2-token\n");
  source.auth.token = SecretRef{fixture_.Path("token"), ""};
  ExpectError(Fetch(source), ErrorKind::kInvalid, {"credentials over http are refused"});
  EXPECT_EQ(server_.requests(), 0);
}

TEST_F(HttpSource, ATruncatedPackIsTransientAndLeavesNothing) {
  std::atomic<bool> cut = true;
  server_.Intercept([&](const httplib::Request& request, httplib::Response& response) {
    if (!cut || request.method != "POST") return false;
    response.set_content("0008NAK\n00a5\001PACK" + std::string(20, '\0'),
                         "application/x-git-upload-pack-result");
    return true;
  });
  const auto broken = Fetch(Http());
  ExpectError(broken, ErrorKind::kTransient, {"localhost"});
  for (const auto& entry : std::filesystem::directory_iterator(MirrorPath() + "/objects/pack")) {
    ADD_FAILURE() << entry.path() << " is left over";
  }
  cut = false;
  EXPECT_EQ(AppPaths(Http(), MustFetch(Http())), Names{"web"});
}

TEST_F(HttpSource, ARepositoryThatIsTooLargeIsRefused) {
  std::string bytes;
  std::uint32_t state = 1;
  for (int i = 0; i < 3'000'000; ++i) {
    state = state * 1664525U + 1013904223U;
    bytes += static_cast<char>(state >> 24U);
  }
  fixture_.Commit(repository(), {{"blob", bytes}});
  options_.repository_bytes = 1 << 20;
  Restart();
  ExpectError(Fetch(Http()), ErrorKind::kInvalid, {"repository is too large", "1 MiB"});
  for (const auto& entry : std::filesystem::directory_iterator(MirrorPath() + "/objects/pack")) {
    ADD_FAILURE() << entry.path() << " is left over";
  }
}

TEST_F(HttpSource, ManyFetchesAreConsolidated) {
  options_.consolidation.packs = 5;
  Restart();
  const SourceSpec source = Http();
  Revision known;
  for (int i = 0; i < 12; ++i) {
    fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "v" + std::to_string(i)}});
    known = MustFetch(source, known);
    EXPECT_EQ(AppPaths(source, known), Names{"web"});
  }
  int packs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MirrorPath() + "/objects/pack")) {
    if (entry.path().extension() == ".pack") ++packs;
  }
  EXPECT_LE(packs, 6);
  fixture_.Git(MirrorPath(), {"fsck", "--full", "--strict"});
  EXPECT_EQ(fixture_.Git(MirrorPath(), {"rev-list", "--count", "refs/sources/apps"}), "13");
}

TEST_F(HttpSource, ASha256RepositoryIsNamedAsSuch) {
  fixture_.Git("", {"init", "-q", "--bare", "--object-format=sha256", fixture_.Path("256.git")});
  const std::string tree = fixture_.Git(fixture_.Path("256.git"), {"mktree"}, "");
  const std::string commit =
      fixture_.Git(fixture_.Path("256.git"), {"commit-tree", tree, "-m", "c"});
  fixture_.Git(fixture_.Path("256.git"), {"update-ref", "refs/heads/main", commit});
  ExpectError(Fetch(Source(server_.Url("256.git"))), ErrorKind::kInvalid, {"SHA-256"});
}

TEST_F(HttpSource, RevertIsPushed) {
  const SourceSpec source = Http();
  const Revision good = MustFetch(source);
  const ObjectId tree = (*mirror_->FindApps(source, *mirror_->TreeAt(source, good.commit)))[0].tree;
  fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "bad"}});
  const auto reverted = mirror_->PushRevert(source, "web", tree, "Revert web", {});
  ASSERT_TRUE(reverted) << Explain(reverted);
  EXPECT_EQ(fixture_.Git(repository(), {"rev-parse", "main"}), reverted->commit.Hex());
  EXPECT_EQ(fixture_.Git(repository(), {"show", "main:web/tfgrid-compose.yaml"}), "1");
  EXPECT_EQ(AppPaths(source, MustFetch(source, good)), Names{"web"});
  // A hook that refuses.
  fixture_.Commit(repository(), {{"web/tfgrid-compose.yaml", "bad again"}});
  fixture_.WriteFile(repository() + "/hooks/update", "#!/bin/sh\necho protected >&2\nexit 1\n");
  std::filesystem::permissions(repository() + "/hooks/update", std::filesystem::perms::owner_all);
  ExpectError(mirror_->PushRevert(source, "web", tree, "Revert web", {}), ErrorKind::kInvalid,
              {"push was refused", "main"});
}

TEST_F(HttpSource, AStopEndsTheFetch) {
  TcpServer mute([](int, int end) {
    pollfd item{end, POLLIN, 0};
    poll(&item, 1, -1);
  });
  std::stop_source stop;
  std::thread stopper([&] {
    while (mute.accepted() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const auto result =
      mirror_->Fetch(Source("http://" + mute.Address() + "/a"), {}, stop.get_token());
  stopper.join();
  ExpectError(result, ErrorKind::kCancelled, {});
}

/// A server that accepts and never sends, or sends a byte now and then: the deadline ends it.
TEST_F(HttpSource, MuteAndDrippingServersMeetTheDeadline) {
  TcpServer mute([](int, int end) {
    pollfd item{end, POLLIN, 0};
    poll(&item, 1, -1);
  });
  TcpServer drip([](int connection, int end) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: ";
    for (std::size_t i = 0;; ++i) {
      const char byte = i < head.size() ? head[i] : 'x';
      if (send(connection, &byte, 1, MSG_NOSIGNAL) != 1) return;
      pollfd item{end, POLLIN, 0};
      if (poll(&item, 1, 50) != 0) return;
    }
  });
  for (const std::string& url : {"http://" + mute.Address(), "https://" + mute.Address(),
                                 "http://" + drip.Address(), "ssh://" + mute.Address()}) {
    SourceSpec source = Source(url + "/a.git");
    source.timeout = std::chrono::seconds(1);
    if (url.starts_with("ssh")) {
      fixture_.Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", fixture_.Path("key")});
      fixture_.WriteFile(fixture_.Path("known_hosts"), "");
      source.auth.ssh_key_file = fixture_.Path("key");
      source.auth.known_hosts_file = fixture_.Path("known_hosts");
    }
    ExpectError(Fetch(source), ErrorKind::kTransient, {"no answer in time", "within 1"});
  }
}

/// The child ends by itself when the time is up, and says so; the engine's own watch over it, which
/// says the same, is for when it cannot.
TEST_F(HttpSource, TheFetchChildWatchesItsDeadlineItself) {
  MustFetch(Http());
  TcpServer mute([](int, int end) {
    pollfd item{end, POLLIN, 0};
    poll(&item, 1, -1);
  });
  RemoteRequest request;
  request.mirror = MirrorPath();
  request.source = "apps";
  request.url = "http://" + mute.Address() + "/a.git";
  request.ref_kind = RefKind::kBranch;
  request.ref = "main";
  request.timeout = std::chrono::seconds(1);
  ProcessSpec child;
  child.argv = {FETCH_CHILD, kFetchCommand};
  child.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", fixture_.Path("home")}};
  child.input = EncodeRequest(request);
  child.timeout = std::chrono::seconds(60);
  const auto ended = runner_->Run(child, {});
  ASSERT_TRUE(ended);
  EXPECT_FALSE(ended->timed_out) << "it waited for ever";
  ExpectError(DecodeResponse(ended->output), ErrorKind::kTransient, {"no answer in time"});
}

TEST_F(HttpSource, NobodyIsThere) {
  int port = 0;
  {
    TcpServer gone([](int, int) {});
    port = gone.port();
  }
  ExpectError(Fetch(Source("http://127.0.0.1:" + std::to_string(port) + "/a")),
              ErrorKind::kTransient, {"server cannot be reached", "refused"});
  ExpectError(Fetch(Source("https://does-not-exist.invalid/a")), ErrorKind::kTransient,
              {"server cannot be reached", "does-not-exist.invalid"});
  ExpectError(Fetch(Source("http://169.254.169.254/latest/meta-data")), ErrorKind::kTransient,
              {"link-local"});
}

}  // namespace
}  // namespace gitops
