// Source: a Git repository + ref + path that is watched, and the environment it feeds. Pure values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/diagnostic.h"
#include "engine/base/error.h"
#include "engine/model/object_id.h"
#include "engine/model/revision.h"

namespace gitops {

/// Where the value of a secret is found; the value itself is never in a configuration object.
struct SecretRef {
  std::string file;      ///< Path of a file; one newline at its end is removed.
  std::string variable;  ///< Or the name of a variable of the engine's own environment.

  bool operator==(const SecretRef&) const = default;
};

enum class RefKind { kBranch, kTag, kCommit };

enum class UrlKind { kPath, kHttp, kHttps, kSsh };

struct SourceAuth {
  std::string username;  ///< For tokens over https; default "git".
  std::optional<SecretRef> token;
  std::string ssh_key_file;
  std::string known_hosts_file;
  std::string ca_file;  ///< PEM bundle that is trusted for this source besides the system's.

  bool operator==(const SourceAuth&) const = default;
};

struct WebhookSpec {
  std::string provider;
  std::vector<SecretRef> secrets;

  bool operator==(const WebhookSpec&) const = default;
};

/// How the forge is told what became of a commit.
struct CommitStatusSpec {
  std::string provider;  ///< As of webhooks: "github", "gitlab", …
  SecretRef token;
  std::string api_url;     ///< "" for the forge's own.
  std::string target_url;  ///< What a status links to; "" for nothing.

  bool operator==(const CommitStatusSpec&) const = default;
};

struct SourceSpec {
  std::string name;
  std::string url;  ///< As configured; paths absolute; never with a password.
  UrlKind url_kind = UrlKind::kPath;
  RefKind ref_kind = RefKind::kBranch;
  std::string ref = "main";  ///< Branch or tag name, or 40 hex digits.
  std::string path;          ///< Folder in the repository; "" is the root.
  std::chrono::seconds interval{60};
  std::chrono::seconds timeout{120};  ///< Of one fetch.
  std::string environment = "default";
  SourceAuth auth;
  std::optional<WebhookSpec> webhook;
  /// Further URLs by which webhooks may name the repository, besides `url`.
  std::vector<std::string> webhook_match;
  std::optional<CommitStatusSpec> commit_status;
  Location location;

  bool operator==(const SourceSpec&) const = default;
};

/// What the store knows of a source.
struct SourceRecord {
  std::string name;
  std::string url;
  std::string environment;
  Revision revision;          ///< Last good one; commit zero: never read.
  ObjectId tree;              ///< Of the source's path at `revision`.
  ObjectId patterns_tree;     ///< Of its `patterns/` folder; zero: none.
  std::string config_digest;  ///< Of everything outside Git that its apps depend on.
  std::optional<WallTime> last_success;
  std::optional<WallTime> last_attempt;
  std::optional<Error> error;  ///< Of the last attempt.

  bool operator==(const SourceRecord&) const = default;
};

}  // namespace gitops
