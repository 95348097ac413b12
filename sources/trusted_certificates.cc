#include "sources/trusted_certificates.h"

#include <git2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "engine/os/read_file.h"
#include "engine/os/unique_fd.h"
#include "sources/git_error.h"
#include "sources/system_certificates.h"

namespace gitops {
namespace {

constexpr std::size_t kLargestCaFile = 8U << 20U;

/// A file that only this process can see, for libraries that want a path.
Result<UniqueFd> MakeMemoryFile(std::string_view bytes) {
  UniqueFd fd(memfd_create("certificates", MFD_CLOEXEC));
  std::size_t written = 0;
  while (fd && written < bytes.size()) {
    const ssize_t count = write(fd.get(), bytes.data() + written, bytes.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (!fd || written < bytes.size()) {
    return MakeError(ErrorKind::kTransient, "CA file cannot be prepared", std::strerror(errno));
  }
  return fd;
}

/// Another one when the file is another one or was written since.
std::string StampOf(const std::string& file) {
  struct stat info {};
  if (file.empty() || stat(file.c_str(), &info) != 0) return file + "\n-\n";
  return file + "\n" + std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) + ":" +
         std::to_string(info.st_size) + ":" + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec) + ":" + std::to_string(info.st_ctim.tv_sec) + "." +
         std::to_string(info.st_ctim.tv_nsec) + "\n";
}

}  // namespace

Status TrustedCertificates::Use(const std::string& ca_file, const std::string& system_ca_file) {
  const std::string system = system_ca_file.empty() ? kSystemCertificates : system_ca_file;
  // Before they are read: what is written meanwhile is read again.
  std::string wanted = StampOf(ca_file) + StampOf(system);
  if (wanted == used_) return {};
  used_.clear();
  RETURN_IF_ERROR(Read(ca_file, system_ca_file));
  used_ = std::move(wanted);
  return {};
}

Status TrustedCertificates::Read(const std::string& ca_file, const std::string& system_ca_file) {
  std::string file = system_ca_file.empty() ? kSystemCertificates : system_ca_file;
  UniqueFd both;
  if (!ca_file.empty()) {
    Result<std::string> own = ReadSmallFile(ca_file, kLargestCaFile);
    if (!own) return std::move(own).error().WithContext("auth.caFile");
    if (own->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
      return MakeError(ErrorKind::kInvalid, "CA file holds no certificate",
                       ca_file + " has no \"BEGIN CERTIFICATE\" line",
                       "openssl x509 -inform der -in ca.der -out ca.pem");
    }
    // The library replaces its trusted certificates, so the system's are put behind our own.
    const Result<std::string> others = ReadSmallFile(file, kLargestCaFile);
    ASSIGN_OR_RETURN(both, MakeMemoryFile(*own + "\n" + (others ? *others : "")));
    file = "/proc/self/fd/" + std::to_string(both.get());
  } else if (system_ca_file.empty() && access(kSystemCertificates, R_OK) != 0) {
    return {};  // Without certificates none is trusted; the refusal says which is needed.
  }
  if (git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file.c_str(), nullptr) != 0) {
    return MakeError(ErrorKind::kInvalid, "CA file cannot be used",
                     (ca_file.empty() ? file : ca_file) + ": " + LastGitMessage());
  }
  return {};
}

}  // namespace gitops
