#include "engine/base/secret.h"

#include <openssl/crypto.h>

namespace gitops {

Secret::~Secret() { OPENSSL_cleanse(value_.data(), value_.size()); }

}  // namespace gitops
