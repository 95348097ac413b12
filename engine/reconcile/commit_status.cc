#include "engine/reconcile/commit_status.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/digest.h"
#include "engine/model/json_writer.h"
#include "sources/source_url.h"

namespace gitops {
namespace {

constexpr std::string_view kTargetPrefix = "commit-status/";

struct Words {
  std::string_view pending, success, failure;
};

/// Where a repository is at its forge.
struct Place {
  std::string host;
  std::string owner;  ///< May hold "/" at GitLab.
  std::string name;
};

std::string PercentEncoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return result;
}

Result<Place> FindPlace(const SourceSpec& source) {
  const auto url = CheckSourceUrl(source.url);
  std::string path = url ? url->path : "";
  while (!path.empty() && path.front() == '/') path.erase(0, 1);
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (path.size() > 4 && path.substr(path.size() - 4) == ".git") path.resize(path.size() - 4);
  // Data Center serves repositories over HTTP below /scm.
  if (source.commit_status->provider == "bitbucket-server" && path.rfind("scm/", 0) == 0) {
    path.erase(0, 4);
  }
  const std::size_t slash = path.rfind('/');
  if (!url || url->host.empty() || slash == std::string::npos || slash == 0) {
    return MakeError(ErrorKind::kInvalid, "no repository of a forge",
                     "source \"" + source.name + "\": its URL names no owner and repository",
                     "remove commitStatus from sources that are at no forge");
  }
  return Place{url->host, path.substr(0, slash), path.substr(slash + 1)};
}

Words WordsOf(const std::string& provider) {
  if (provider == "gitlab") return {"running", "success", "failed"};
  if (provider == "bitbucket" || provider == "bitbucket-server") {
    return {"INPROGRESS", "SUCCESSFUL", "FAILED"};
  }
  return {"pending", "success", "failure"};
}

std::string_view StateOf(const std::string& provider, NotificationKind kind) {
  const Words words = WordsOf(provider);
  switch (kind) {
    case NotificationKind::kStatusPending:
      return words.pending;
    case NotificationKind::kStatusSuccess:
      return words.success;
    case NotificationKind::kStatusFailure:
      return words.failure;
    default:
      break;
  }
  CHECK(false);
}

std::string DefaultApi(const std::string& provider, const Place& place) {
  if (provider == "github") {
    return place.host == "github.com" || place.host == "ssh.github.com"
               ? "https://api.github.com"
               : "https://" + place.host + "/api/v3";
  }
  if (provider == "gitlab") return "https://" + place.host + "/api/v4";
  if (provider == "bitbucket") return "https://api.bitbucket.org/2.0";
  if (provider == "bitbucket-server") return "https://" + place.host;
  return "https://" + place.host + "/api/v1";
}

std::string PathOf(const std::string& provider, const Place& place, const std::string& commit) {
  const std::string owner = PercentEncoded(place.owner);
  const std::string name = PercentEncoded(place.name);
  if (provider == "gitlab") {
    return "/projects/" + PercentEncoded(place.owner + "/" + place.name) + "/statuses/" + commit;
  }
  if (provider == "bitbucket") {
    return "/repositories/" + owner + "/" + name + "/commit/" + commit + "/statuses/build";
  }
  if (provider == "bitbucket-server") {
    return "/rest/api/1.0/projects/" + owner + "/repos/" + name + "/commits/" + commit + "/builds";
  }
  return "/repos/" + owner + "/" + name + "/statuses/" + commit;
}

/// Whole characters, at most `longest` bytes; GitHub takes 140.
std::string Description(const std::string& message, std::size_t longest) {
  if (message.size() <= longest) return message;
  std::size_t end = longest - 3;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
  return message.substr(0, end) + "...";
}

std::string BodyOf(const SourceSpec& source, const Place& place, const Notification& status) {
  const std::string& provider = source.commit_status->provider;
  const std::string context = StatusContext(*status.app);
  const std::string& link = source.commit_status->target_url;
  std::string body;
  JsonWriter json(body, JsonLayout::kCompact);
  json.BeginObject();
  json.Member("state", StateOf(provider, status.kind));
  if (provider == "bitbucket" || provider == "bitbucket-server") {
    // A key has at most 40 characters, and a link has to be there.
    json.Member("key", Sha256Hex(context).substr(0, 40));
    json.Member("name", context);
    json.Member("url", link.empty() ? "https://" + place.host + "/" + place.owner + "/" + place.name
                                    : link);
  } else {
    json.Member(provider == "gitlab" ? "name" : "context", context);
    if (!link.empty()) json.Member("target_url", link);
  }
  json.Member("description", Description(status.message, 140));
  json.EndObject();
  return body;
}

}  // namespace

std::string CommitStatusTarget(const std::string& source) {
  return std::string(kTargetPrefix) + source;
}

std::string SourceOfTarget(std::string_view target) {
  if (target.substr(0, kTargetPrefix.size()) != kTargetPrefix) return "";
  return std::string(target.substr(kTargetPrefix.size()));
}

std::string StatusContext(const AppId& app) { return "tfgrid-compose/" + app.ToString(); }

Result<WebRequest> CommitStatusRequest(const SourceSpec& source, const Notification& notification,
                                       const Secret& token) {
  CHECK(source.commit_status && notification.app);
  const CommitStatusSpec& spec = *source.commit_status;
  ASSIGN_OR_RETURN(const Place place, FindPlace(source));
  std::string api = spec.api_url.empty() ? DefaultApi(spec.provider, place) : spec.api_url;
  while (!api.empty() && api.back() == '/') api.pop_back();
  const std::string bearer = "Bearer " + std::string(token.Reveal());
  WebRequest request;
  request.url = Secret(api + PathOf(spec.provider, place, notification.revision.commit.Hex()));
  request.headers.emplace_back("Content-Type", Secret("application/json"));
  request.headers.emplace_back(
      "Accept",
      Secret(spec.provider == "github" ? "application/vnd.github+json" : "application/json"));
  if (spec.provider == "gitlab") {
    request.headers.emplace_back("PRIVATE-TOKEN", token);
  } else if (spec.provider == "gitea" || spec.provider == "forgejo") {
    request.headers.emplace_back("Authorization", Secret("token " + std::string(token.Reveal())));
  } else {
    request.headers.emplace_back("Authorization", Secret(bearer));
  }
  if (spec.provider == "github") {
    request.headers.emplace_back("X-GitHub-Api-Version", Secret("2022-11-28"));
  }
  request.body = BodyOf(source, place, notification);
  return request;
}

bool IsAlreadySet(const std::string& provider, const WebResponse& response) {
  return provider == "gitlab" && response.status == 400 &&
         response.body.find("Cannot transition status") != std::string::npos;
}

}  // namespace gitops
