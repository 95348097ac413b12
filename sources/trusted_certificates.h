// TrustedCertificates: the certificates that libgit2 trusts in this process, read when they are
// needed and kept for as long as their files stay as they are: to decode all that a machine trusts
// takes longer than a connection. Single-threaded; one in a process, since the library has one set.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace gitops {

class TrustedCertificates {
 public:
  /// Trusts those of the system ("": where Debian keeps them) and, when it is not "", of `ca_file`.
  /// Errors: kInvalid (the files cannot be used), kTransient. Without a file of the system's and
  /// without `ca_file` none is trusted.
  Status Use(const std::string& ca_file, const std::string& system_ca_file);

 private:
  Status Read(const std::string& ca_file, const std::string& system_ca_file);

  std::string used_;  ///< Names and stamps of the files that are trusted now; "": none is known.
};

}  // namespace gitops
