#include "sources/fetch_wire.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace gitops {
namespace {

using nlohmann::json;

std::string_view NameOf(RemoteOperation operation) {
  switch (operation) {
    case RemoteOperation::kFetch:
      return "fetch";
    case RemoteOperation::kPush:
      return "push";
    case RemoteOperation::kConsolidate:
      return "consolidate";
  }
  CHECK(false);
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string Text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t Number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

ObjectId Id(const json& object, const char* key) {
  return ObjectId::FromHex(Text(object, key)).value_or(ObjectId());
}

std::optional<ErrorKind> KindOf(std::string_view name) {
  for (const ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kNotFound, ErrorKind::kConflict, ErrorKind::kTransient,
        ErrorKind::kUnknownOutcome, ErrorKind::kCancelled, ErrorKind::kCorruption}) {
    if (ToString(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::string FetchHome(const std::string& mirror) { return mirror + "/ssh-home"; }

std::string EncodeRequest(const RemoteRequest& request) {
  return Dump({{"operation", NameOf(request.operation)},
               {"mirror", request.mirror},
               {"source", request.source},
               {"url", request.url},
               {"refKind", static_cast<int>(request.ref_kind)},
               {"ref", request.ref},
               {"known", request.known.Hex()},
               {"commit", request.commit.Hex()},
               {"username", request.username},
               {"token", request.token.Reveal()},
               {"sshKeyFile", request.ssh_key_file},
               {"knownHostsFile", request.known_hosts_file},
               {"caFile", request.ca_file},
               {"systemCaFile", request.system_ca_file},
               {"timeoutMs", request.timeout.count()},
               {"repositoryBytes", request.repository_bytes}});
}

Result<RemoteRequest> DecodeRequest(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  RemoteRequest request;
  std::optional<RemoteOperation> operation;
  if (object.is_object()) {
    for (const RemoteOperation known :
         {RemoteOperation::kFetch, RemoteOperation::kPush, RemoteOperation::kConsolidate}) {
      if (Text(object, "operation") == NameOf(known)) operation = known;
    }
  }
  const std::int64_t ref_kind = operation ? Number(object, "refKind") : 0;
  if (!operation || ref_kind < 0 || ref_kind > static_cast<int>(RefKind::kCommit)) {
    return MakeError(ErrorKind::kInvalid, "not a request to the fetch child",
                     "internal-fetch is started by the engine, with JSON on its input");
  }
  request.operation = *operation;
  request.mirror = Text(object, "mirror");
  request.source = Text(object, "source");
  request.url = Text(object, "url");
  request.ref_kind = static_cast<RefKind>(ref_kind);
  request.ref = Text(object, "ref");
  request.known = Id(object, "known");
  request.commit = Id(object, "commit");
  request.username = Text(object, "username");
  request.token = Secret(Text(object, "token"));
  request.ssh_key_file = Text(object, "sshKeyFile");
  request.known_hosts_file = Text(object, "knownHostsFile");
  request.ca_file = Text(object, "caFile");
  request.system_ca_file = Text(object, "systemCaFile");
  request.timeout = std::chrono::milliseconds(Number(object, "timeoutMs"));
  request.repository_bytes = Number(object, "repositoryBytes");
  return request;
}

std::string EncodeResponse(const Result<RemoteResponse>& response) {
  if (response) {
    return Dump(
        {{"ok", true}, {"commit", response->commit.Hex()}, {"transferred", response->transferred}});
  }
  const Diagnostic& primary = response.error().primary();
  return Dump({{"ok", false},
               {"kind", ToString(response.error().kind)},
               {"summary", primary.summary},
               {"detail", primary.detail},
               {"hint", primary.hint}});
}

Result<RemoteResponse> DecodeResponse(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (object.is_object() && object.contains("ok") && object["ok"].is_boolean()) {
    if (object["ok"].get<bool>()) {
      const auto transferred = object.find("transferred");
      return RemoteResponse{Id(object, "commit"), transferred != object.end() &&
                                                      transferred->is_boolean() &&
                                                      transferred->get<bool>()};
    }
    if (const auto kind = KindOf(Text(object, "kind"))) {
      return MakeError(*kind, Text(object, "summary"), Text(object, "detail"),
                       Text(object, "hint"));
    }
  }
  return MakeError(ErrorKind::kTransient, "fetch process gave no result",
                   "it ended after " + std::to_string(text.size()) + " bytes of output");
}

}  // namespace gitops
