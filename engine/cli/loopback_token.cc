#include "engine/cli/loopback_token.h"

#include <sys/stat.h>
#include <unistd.h>

#include "engine/model/token.h"
#include "engine/os/atomic_file.h"
#include "engine/os/read_file.h"
#include "engine/os/system_random.h"
#include "engine/server/api_access.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestFile = 256;

Status CheckPrivate(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return {};
  if (S_ISREG(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 077) == 0) return {};
  return MakeError(ErrorKind::kInvalid, "others may read the token of this machine",
                   "\"" + path + "\" is no regular file of this user with mode 0600",
                   "remove it and start the daemon again: rm " + path);
}

Status MakeNew(const std::string& path, TokenStore& tokens) {
  Token token;
  token.name = kLoopbackTokenName;
  token.role = TokenRole::kAdmin;
  token.created_by = "serve";
  const Secret text = TokenText(RandomBytes(kTokenBytes));
  ASSIGN_OR_RETURN(const Token made, tokens.Create(token, TokenDigest(text.Reveal())));
  if (Status written = WriteFileAtomically(path, std::string(text.Reveal()) + "\n", 0600);
      !written) {
    ASSIGN_OR_RETURN([[maybe_unused]] const Token gone, tokens.Revoke(made.id));
    return written;
  }
  // Those before it can be in no file any more.
  ASSIGN_OR_RETURN(const auto all, tokens.List());
  for (const Token& other : all) {
    if (other.name != kLoopbackTokenName || other.id == made.id || other.revoked) continue;
    ASSIGN_OR_RETURN([[maybe_unused]] const Token gone, tokens.Revoke(other.id));
  }
  return {};
}

}  // namespace

std::string LoopbackTokenPath(const Config& config) { return config.state_dir + "/api-token"; }

Result<Secret> ReadLoopbackToken(const Config& config) {
  const std::string path = LoopbackTokenPath(config);
  RETURN_IF_ERROR(CheckPrivate(path));
  ASSIGN_OR_RETURN(std::string text, ReadSmallFile(path, kLongestFile));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (!LooksLikeToken(text)) {
    return MakeError(ErrorKind::kInvalid, "no token in the token file", "\"" + path + "\"",
                     "restart the daemon: it makes a new one");
  }
  return Secret(std::move(text));
}

Status EnsureLoopbackToken(const Config& config, TokenStore& tokens, const Clock& clock) {
  const std::string path = LoopbackTokenPath(config);
  RETURN_IF_ERROR(CheckPrivate(path));
  RemoveUnfinished(path);
  if (const auto text = ReadLoopbackToken(config)) {
    ASSIGN_OR_RETURN(const auto token, tokens.Find(TokenDigest(text->Reveal())));
    if (token && token->IsUsable(clock.Now()) && token->name == kLoopbackTokenName) return {};
  }
  return MakeNew(path, tokens);
}

}  // namespace gitops
