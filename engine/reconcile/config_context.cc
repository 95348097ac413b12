#include "engine/reconcile/config_context.h"

#include <filesystem>

namespace gitops {

std::string ConfigContext::Resolve(std::string_view path) const {
  if (path.empty()) return "";
  std::filesystem::path resolved;
  const auto home = request_.environment.find("HOME");
  if (path.substr(0, 2) == "~/" && home != request_.environment.end()) {
    resolved = std::filesystem::path(home->second) / path.substr(2);
  } else {
    resolved = std::filesystem::path(directory_) / path;
  }
  std::string text = resolved.lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

void ConfigContext::Report(Severity severity, std::string summary, std::string detail,
                           std::string subject, Location location, std::string hint) {
  diagnostics_.push_back(Diagnostic{severity, std::move(summary), std::move(detail),
                                    std::move(subject), std::move(location), std::move(hint)});
}

std::optional<SecretRef> ConfigContext::ReadSecretRef(const YamlNode& node,
                                                      const std::string& subject,
                                                      std::string_view file_key) {
  if (node.IsScalar()) {
    Warning("secret in clear",
            "the value itself stands in the configuration, where everybody who reads the file sees "
            "it; it is not used",
            subject, node,
            "write it to a file of mode 0600 and set " + std::string(file_key) + " to its path");
    return std::nullopt;
  }
  const YamlNode* file = node.Find("file");
  const YamlNode* variable = node.Find("variable");
  if ((file == nullptr) == (variable == nullptr)) {
    Error("secret without a place",
          file == nullptr ? "neither file nor variable is set" : "both file and variable are set",
          subject, node, "write {file: /path} or {variable: NAME}");
    return std::nullopt;
  }
  SecretRef ref;
  if (file != nullptr) {
    ref.file = Resolve(file->scalar);
  } else {
    ref.variable = variable->scalar;
  }
  return ref;
}

std::string TextOf(const YamlNode& node, std::string_view key) {
  const YamlNode* member = node.Find(key);
  return member == nullptr || member->IsNull() ? std::string() : member->scalar;
}

}  // namespace gitops
