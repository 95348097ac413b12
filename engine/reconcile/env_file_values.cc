#include "engine/reconcile/env_file_values.h"

#include "sources/env_file.h"

namespace gitops {

Result<std::map<std::string, std::string>> ReadEnvFileValues(const Manifest& manifest,
                                                             const FileTree& files,
                                                             const std::string& manifest_file) {
  std::map<std::string, std::string> values;
  if (manifest.env_file.empty()) return values;
  const std::size_t slash = manifest_file.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "" : manifest_file.substr(0, slash + 1);
  ASSIGN_OR_RETURN(const auto entry, files.Find(manifest.env_file));
  if (!entry || (entry->kind != EntryKind::kFile && entry->kind != EntryKind::kExecutable)) {
    return MakeError(ErrorKind::kNotFound, "the env file is not there",
                     directory + manifest.env_file + " is not a file of the app",
                     "commit it, or remove env_file from the manifest");
  }
  ASSIGN_OR_RETURN(const std::string text, files.Read(manifest.env_file, kLargestEnvFile));
  ASSIGN_OR_RETURN(const auto entries, ParseEnvFile(text, directory + manifest.env_file));
  for (const EnvFileEntry& line : entries) values[line.name] = line.value;
  return values;
}

}  // namespace gitops
