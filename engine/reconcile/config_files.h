// Files that a configuration names, and the configuration file itself: are they there, readable,
// private enough? Nothing is changed.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/model/source.h"
#include "engine/reconcile/config_context.h"

namespace gitops {

/// The largest configuration file that is read.
inline constexpr std::size_t kConfigBytes = 16 * 1024 * 1024;

/// The bytes of the configuration file. Errors: kNotFound; kInvalid when it cannot be read, is no
/// file or too large, or when others may write it or its folder.
Result<std::string> ReadConfigFile(const std::string& path);

/// Reports a file that is not there (error) or cannot be looked at (left to its use).
void CheckConfiguredFile(const std::string& path, const std::string& subject, const YamlNode& node,
                         ConfigContext& context);

/// Warns about a file with a secret in it that others may read.
void CheckPrivateFile(const std::string& path, const std::string& subject, const YamlNode& node,
                      ConfigContext& context);

/// Reports a private key that cannot work with the SSH library of this machine. One that cannot be
/// read is left to the fetch: another user may run the engine.
void CheckKeyFile(const std::string& path, const std::string& subject, const YamlNode& node,
                  ConfigContext& context);

/// Reports a secret's file or variable that is not there.
void CheckSecretPlace(const SecretRef& ref, const std::string& subject, const YamlNode& node,
                      ConfigContext& context);

/// Reports a webhook secret that is missing, too short or too large, and notes a newline that is
/// removed. The value gets into no message.
void CheckWebhookSecret(const SecretRef& ref, const std::string& source, const std::string& subject,
                        const YamlNode& node, ConfigContext& context);

}  // namespace gitops
