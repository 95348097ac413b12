// SecretReader: fetches the value that a SecretRef points at. The seam between configuration and
// the places where secrets are kept. Thread-safe.
#pragma once

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/model/source.h"

namespace gitops {

class SecretReader {
 public:
  virtual ~SecretReader() = default;

  /// The value, without one newline at its end. Errors: kNotFound (no such file or variable),
  /// kInvalid (not readable, empty, more than 128 KiB, holds NUL). Never quotes the value.
  virtual Result<Secret> Read(const SecretRef& ref) = 0;
};

/// Reads files and the engine's own environment variables.
class SystemSecretReader : public SecretReader {
 public:
  Result<Secret> Read(const SecretRef& ref) override;
};

}  // namespace gitops
