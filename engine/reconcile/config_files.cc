#include "engine/reconcile/config_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "engine/base/secret.h"
#include "engine/reconcile/config_shape.h"
#include "sources/remote_auth.h"

namespace gitops {
namespace {

constexpr std::size_t kSecretBytes = 128 * 1024;

std::string Octal(mode_t mode) {
  std::string text = "0";
  for (int shift = 6; shift >= 0; shift -= 3) {
    text += static_cast<char>('0' + ((mode >> shift) & 7U));
  }
  return text;
}

Error Refused(std::string summary, std::string detail, const std::string& path, std::string hint) {
  Diagnostic diagnostic{Severity::kError,     std::move(summary), std::move(detail), "",
                        Location{path, 0, 0}, std::move(hint)};
  return {ErrorKind::kInvalid, std::move(diagnostic)};
}

Error CannotOpen(const std::string& path, int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR) {
    return {ErrorKind::kNotFound,
            Diagnostic{Severity::kError, "configuration file not found",
                       "there is no file \"" + path + "\"", "", Location{path, 0, 0},
                       "write a first one: printf 'sources:\\n  - {name: apps, url: "
                       "https://example.org/acme/apps.git}\\n' > " +
                           path}};
  }
  if (error_number == EACCES || error_number == EPERM) {
    return Refused("configuration file not readable", "\"" + path + "\": permission denied", path,
                   "chmod u+r " + path + ", or run as its owner");
  }
  return Refused("configuration file not readable",
                 "\"" + path + "\": error " + std::to_string(error_number), path, "");
}

/// Others who may write the file could run anything as us.
Status CheckNotWritable(const std::string& path, const struct stat& info, bool directory) {
  const bool sticky = directory && (info.st_mode & S_ISVTX) != 0;
  if ((info.st_mode & S_IWOTH) == 0 || sticky) return {};
  return Refused("configuration can be changed by everybody",
                 (directory ? "the folder \"" : "the file \"") + path + "\" has mode " +
                     Octal(info.st_mode & 0777U) +
                     ": any user of this machine could make the engine run what they like",
                 path, "chmod o-w " + path);
}

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), error_number_(errno) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }
  int error_number() const { return error_number_; }

 private:
  int fd_;
  int error_number_;
};

/// At most `limit` + 1 bytes of an open file; nullopt on a read error.
std::optional<std::string> ReadUpTo(int fd, std::size_t limit) {
  std::string bytes;
  std::string buffer(64 * 1024, '\0');
  while (bytes.size() <= limit) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    bytes.append(buffer, 0, static_cast<std::size_t>(count));
  }
  return bytes;
}

/// A secret's bytes as they stand in their place; nullopt when they cannot be read by us (which
/// may be right: another user runs the engine).
std::optional<Secret> ReadPlace(const SecretRef& ref, const ConfigContext& context) {
  if (!ref.variable.empty()) {
    const auto found = context.request().environment.find(ref.variable);
    if (found == context.request().environment.end()) return std::nullopt;
    return Secret(found->second);
  }
  const OpenFile file(ref.file);
  struct stat info {};
  if (file.fd() < 0 || fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  auto bytes = ReadUpTo(file.fd(), kSecretBytes);
  if (!bytes) return std::nullopt;
  return Secret(*std::move(bytes));
}

}  // namespace

Result<std::string> ReadConfigFile(const std::string& path) {
  const OpenFile file(path);
  if (file.fd() < 0) return CannotOpen(path, file.error_number());
  struct stat info {};
  if (fstat(file.fd(), &info) != 0) return CannotOpen(path, errno);
  if (S_ISDIR(info.st_mode)) {
    return Refused("configuration is a directory", "\"" + path + "\" is a directory, not a file",
                   path, "--config " + path + "/reconciler.yaml");
  }
  if (!S_ISREG(info.st_mode)) {
    return Refused("configuration is no regular file", "\"" + path + "\" is no regular file", path,
                   "");
  }
  RETURN_IF_ERROR(CheckNotWritable(path, info, false));
  const std::string directory = std::filesystem::path(path).parent_path().string();
  struct stat folder {};
  if (!directory.empty() && stat(directory.c_str(), &folder) == 0) {
    RETURN_IF_ERROR(CheckNotWritable(directory, folder, true));
  }
  const Error too_large = Refused(
      "configuration too large",
      "\"" + path + "\" has more than " + std::to_string(kConfigBytes) + " bytes, the limit", path,
      "a source can hold thousands of apps: fewer sources need fewer lines");
  if (info.st_size > static_cast<off_t>(kConfigBytes)) return too_large;
  auto bytes = ReadUpTo(file.fd(), kConfigBytes);
  if (!bytes) return CannotOpen(path, errno);
  if (bytes->size() > kConfigBytes) return too_large;
  return *std::move(bytes);
}

void CheckConfiguredFile(const std::string& path, const std::string& subject, const YamlNode& node,
                         ConfigContext& context) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0) {
    if (S_ISREG(info.st_mode)) return;
    context.Error("not a file", "\"" + path + "\" is no regular file", subject, node);
    return;
  }
  if (errno != ENOENT && errno != ENOTDIR) return;  // Not ours to see: said when it is used.
  // A value without any slash may be the secret itself, put where its file's name belongs.
  const bool may_be_secret = node.scalar.find('/') == std::string::npos;
  context.Error("file not found",
                may_be_secret
                    ? std::string("there is no file of that name beside the configuration")
                    : "there is no file \"" + path + "\"",
                subject, node, "relative paths start at the configuration's folder");
}

void CheckPrivateFile(const std::string& path, const std::string& subject, const YamlNode& node,
                      ConfigContext& context) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
  context.Warning("secret file can be read by others",
                  "\"" + path + "\" has mode " + Octal(info.st_mode & 0777U), subject, node,
                  "chmod 600 " + path);
}

void CheckKeyFile(const std::string& path, const std::string& subject, const YamlNode& node,
                  ConfigContext& context) {
  const std::optional<Secret> text = ReadPlace(SecretRef{path, ""}, context);
  if (!text) return;  // Said already, or not ours to see: said when it is used.
  const Status usable = CheckDeployKey(path, text->Reveal());
  if (usable) return;
  for (const Diagnostic& problem : usable.error().diagnostics) {
    context.Error(problem.summary, problem.detail, subject, node, problem.hint);
  }
}

void CheckSecretPlace(const SecretRef& ref, const std::string& subject, const YamlNode& node,
                      ConfigContext& context) {
  if (ref.variable.empty()) {
    const YamlNode* file = node.Find("file");
    CheckConfiguredFile(ref.file, subject, file == nullptr ? node : *file, context);
    CheckPrivateFile(ref.file, subject, node, context);
    return;
  }
  const auto& environment = context.request().environment;
  if (environment.find(ref.variable) != environment.end()) return;
  context.Warning("variable not set",
                  "\"" + ref.variable + "\" is not in the environment of this process", subject,
                  node, "export " + ref.variable + "=…");
}

void CheckWebhookSecret(const SecretRef& ref, const std::string& source, const std::string& subject,
                        const YamlNode& node, ConfigContext& context) {
  CheckSecretPlace(ref, subject, node, context);
  const std::optional<Secret> secret = ReadPlace(ref, context);
  if (!secret) return;
  std::string_view value = secret->Reveal();
  if (!ref.file.empty() && value.size() > kSecretBytes) {
    context.Error("webhook secret too large",
                  "source \"" + source + "\": \"" + ref.file + "\" holds more than 128 KiB",
                  subject, node, "openssl rand -hex 32 > " + ref.file);
    return;
  }
  if (!ref.file.empty() && !value.empty() && value.back() == '\n') {
    value.remove_suffix(1);
    context.Report(Severity::kNote, "newline removed",
                   "the newline at the end of \"" + ref.file + "\" is not part of the secret",
                   subject, context.At(node));
  }
  if (value.size() >= kWebhookSecretBytes) return;
  context.Error("webhook secret too short",
                "source \"" + source + "\": the secret has " + std::to_string(value.size()) +
                    " bytes, at least " + std::to_string(kWebhookSecretBytes) + " are needed",
                subject, node,
                "openssl rand -hex 32 > " + (ref.file.empty() ? "apps.secret" : ref.file));
}

}  // namespace gitops
