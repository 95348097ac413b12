// The loopback token: what commands of this machine show a running daemon. A file in the state
// directory that only its owner reads; whoever can read it could read the state as well.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/model/config.h"
#include "engine/store/token_store.h"

namespace gitops {

/// Where it is.
std::string LoopbackTokenPath(const Config& config);

/// Makes the file at the first start. A file whose token is not known or was revoked is replaced;
/// the token it held before is revoked. Errors: kInvalid (others may read it), kTransient, and the
/// store's.
Status EnsureLoopbackToken(const Config& config, TokenStore& tokens, const Clock& clock);

/// Reads it. Errors: kNotFound (no daemon has run here yet), kInvalid (others may read the file, or
/// it holds no token).
Result<Secret> ReadLoopbackToken(const Config& config);

}  // namespace gitops
