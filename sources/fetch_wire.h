// FetchWire: what the engine and its fetch child say to one another, as JSON on the child's
// standard input and output. Secrets travel here only, never in arguments or the environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/model/object_id.h"
#include "engine/model/source.h"

namespace gitops {

enum class RemoteOperation {
  kFetch,        ///< Ask for the tip; bring it when it is new.
  kPush,         ///< Push `commit` to the branch.
  kConsolidate,  ///< Merge packs of the mirror; no remote.
};

struct RemoteRequest {
  RemoteOperation operation = RemoteOperation::kFetch;
  std::string mirror;  ///< Path of the bare repository.
  std::string source;  ///< Name; its ref in the mirror is refs/sources/<name>.
  std::string url;
  RefKind ref_kind = RefKind::kBranch;
  std::string ref;
  ObjectId known;   ///< Zero: none.
  ObjectId commit;  ///< Push only.
  std::string username;
  Secret token;
  std::string ssh_key_file;
  std::string known_hosts_file;
  std::string ca_file;
  std::string system_ca_file;  ///< "": as libgit2 was built.
  std::chrono::milliseconds timeout{120'000};
  std::int64_t repository_bytes = 0;  ///< The mirror may not grow beyond; 0: no limit.
};

struct RemoteResponse {
  ObjectId commit;
  bool transferred = false;  ///< Objects came from (or went to) the remote.
};

/// The fetch child's HOME, inside the mirror: it holds a known_hosts file, and nothing of the
/// user's.
std::string FetchHome(const std::string& mirror);

std::string EncodeRequest(const RemoteRequest& request);
/// Errors: kInvalid.
Result<RemoteRequest> DecodeRequest(std::string_view text);

std::string EncodeResponse(const Result<RemoteResponse>& response);
/// The response, or the error that the child sent. Errors also: kTransient when `text` is neither.
Result<RemoteResponse> DecodeResponse(std::string_view text);

}  // namespace gitops
