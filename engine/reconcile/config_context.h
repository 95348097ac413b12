// ConfigContext: what the parts of the configuration reader share while one file is read: how paths
// are resolved and where problems are collected. Lives for one call.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/model/source.h"
#include "engine/reconcile/config_reader.h"
#include "engine/yaml/node.h"

namespace gitops {

class ConfigContext {
 public:
  /// `directory`: absolute, where relative paths of `file` start.
  ConfigContext(const ConfigRequest& request, std::string file, std::string directory)
      : request_(request), file_(std::move(file)), directory_(std::move(directory)) {}

  const ConfigRequest& request() const { return request_; }

  /// An absolute path without "." and ".." parts; "~/" is the user's home.
  std::string Resolve(std::string_view path) const;

  void Report(Severity severity, std::string summary, std::string detail, std::string subject,
              Location location, std::string hint = "");
  void Error(std::string summary, std::string detail, std::string subject, const YamlNode& node,
             std::string hint = "") {
    Report(Severity::kError, std::move(summary), std::move(detail), std::move(subject),
           node.At(file_), std::move(hint));
  }
  void Warning(std::string summary, std::string detail, std::string subject, const YamlNode& node,
               std::string hint = "") {
    Report(Severity::kWarning, std::move(summary), std::move(detail), std::move(subject),
           node.At(file_), std::move(hint));
  }

  Location At(const YamlNode& node) const { return node.At(file_); }

  /// Reads `{file: …}` or `{variable: …}`. A text in its place is a secret in clear: warned about,
  /// never quoted, never used. REQUIRES: the node fits its shape.
  std::optional<SecretRef> ReadSecretRef(const YamlNode& node, const std::string& subject,
                                         std::string_view file_key);

  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  const ConfigRequest& request_;
  const std::string file_;
  const std::string directory_;
  Diagnostics diagnostics_;
};

/// The text of `node`'s member `key`, or "".
std::string TextOf(const YamlNode& node, std::string_view key);

}  // namespace gitops
