#include "sources/manifest_rules.h"

#include <algorithm>
#include <vector>

#include "engine/base/suggest.h"
#include "engine/model/app_id.h"
#include "engine/model/file_tree.h"
#include "engine/yaml/scalars.h"
#include "sources/manifest_words.h"

namespace gitops {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kCommandLine = " \t\n;&|<>$`\"'(){}!#";

bool Only(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [extra](char c) {
    return kLetters.find(c) != std::string_view::npos ||
           kDigits.find(c) != std::string_view::npos || extra.find(c) != std::string_view::npos;
  });
}

/// The part of the rule for paths that is about the components.
std::string CheckComponents(std::string_view path) {
  std::string_view rest = path;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view component = rest.substr(0, slash);
    std::string lower(component);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (component == "..") return "the path leaves the app's directory: outside the repository";
    if (lower == ".git" || lower == "git~1") return "the path points into .git";
    if (component.empty()) return "the path has an empty part (\"//\" or a \"/\" at its end)";
    if (component == ".") return "the path has a part \".\"";
    if (component.size() > 255) return "a part of the path is too long: at most 255 bytes";
    if (slash == std::string_view::npos) return "";
    rest.remove_prefix(slash + 1);
  }
}

std::string CheckPathWith(std::string_view path, std::string_view refused) {
  if (path.empty()) return "the path is empty";
  if (path.size() > kLongestPath) {
    return "the path is too long: " + std::to_string(path.size()) + " bytes, at most " +
           std::to_string(kLongestPath);
  }
  if (path.front() == '/' || path.front() == '~') {
    return "the path is absolute: outside the repository; write it from the app's directory";
  }
  if (path.find('\\') != std::string_view::npos) return "write / between folders, not \\";
  if (path.find_first_of(refused) != std::string_view::npos) {
    return "a path to a file is expected, not a command line";
  }
  const std::string_view relative = WithoutDotSlash(path);
  std::string problem = CheckComponents(relative);
  if (problem.empty() && !IsSafeRelativePath(relative)) problem = "this is no path inside the app";
  return problem;
}

std::string CheckPortNumber(std::string_view digits) {
  const auto number = ParseInteger(digits);
  if (number && *number >= 1 && *number <= 65535) return "";
  return "the port must be a number 1 to 65535";
}

}  // namespace

std::string_view WithoutDotSlash(std::string_view path) {
  while (path.size() > 2 && path.substr(0, 2) == "./") path.remove_prefix(2);
  return path;
}

std::string CheckNameRule(std::string_view name) {
  if (IsValidName(name)) return "";
  if (name.empty()) return "the name is empty: " + std::string(kNameRule) + " are needed";
  if (name.size() > 63) {
    return "the name has " + std::to_string(name.size()) + " characters: at most 63 are allowed";
  }
  return "the name must have " + std::string(kNameRule);
}

std::string CheckDependencyRule(std::string_view name) {
  if (IsValidName(name) || ParseAppId(name).has_value()) return "";
  return "an app is named \"name\" or \"environment/name\", each " + std::string(kNameRule);
}

std::string CheckPathRule(std::string_view path) { return CheckPathWith(path, kCommandLine); }

std::string CheckGlobRule(std::string_view glob) { return CheckPathWith(glob, "\t\n"); }

std::string CheckVariableRule(std::string_view name) {
  if (name.empty()) return "the name is empty: A-Z 0-9 _ are needed";
  if (name.size() > 255) return "the name is too long: at most 255 characters";
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!fits || kDigits.find(name.front()) != std::string_view::npos) {
    return "a variable's name may hold A-Z 0-9 _ and begins with a letter or _";
  }
  const std::string_view reason = ReservedVariable(name);
  return reason.empty() ? "" : "the name is reserved: " + std::string(reason);
}

std::string CheckPortRule(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string problem = CheckPortNumber(text.substr(0, colon));
  if (!problem.empty()) return problem + ", perhaps followed by \":\" and a label, such as 22:ssh";
  if (colon == std::string_view::npos) return "";
  const std::string_view label = text.substr(colon + 1);
  if (label.empty() || label.size() > 64) return "the port's label must have 1 to 64 characters";
  return "";
}

int PortOf(std::string_view text) {
  const auto number = ParseInteger(text.substr(0, text.find(':')));
  return number ? static_cast<int>(*number) : 0;
}

std::string CheckDomainRule(std::string_view text) {
  if (text.substr(0, 2) == "*.") text.remove_prefix(2);
  const bool fits = !text.empty() && text.size() <= 253 && Only(text, "-.") &&
                    text.front() != '.' && text.front() != '-' &&
                    text.find("..") == std::string_view::npos;
  return fits ? "" : "a host name is expected, such as shop.example.com";
}

std::string CheckCommandNameRule(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= 64 && Only(name, "-_.:") && name.front() != '-';
  return fits ? ""
              : "a command's name has 1 to 64 characters A-Z a-z 0-9 - _ . :, and no - in front";
}

std::string CheckPatternVariableRule(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= 64 && Only(name, "_-");
  return fits ? "" : "a variable's name has 1 to 64 characters A-Z a-z 0-9 _ -";
}

std::string CheckProbeUrlRule(std::string_view text) {
  const std::size_t begin = text.substr(0, 7) == "http://"    ? 7
                            : text.substr(0, 8) == "https://" ? 8
                                                              : 0;
  const std::string_view rest = text.substr(begin);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (begin == 0 || host.empty() || host.front() == ':') {
    return "a URL is expected, such as http://localhost:8080/health";
  }
  if (text.find_first_of(" \t\n\\\"<>") != std::string_view::npos) {
    return "a URL holds no spaces, quotes or \\";
  }
  if (host.find('@') != std::string_view::npos) return "a URL here holds no user and password";
  return "";
}

std::string CheckProbeAddressRule(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view host = colon == std::string_view::npos ? "" : text.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  if (!Only(host, "-.:[]_")) return "host:port or a port is expected, such as localhost:5432";
  const std::string problem = CheckPortNumber(port);
  return problem.empty() ? "" : problem + ", after the host: localhost:5432";
}

std::string CheckProbeCommandRule(std::string_view text) {
  const std::string_view script = text.substr(0, text.find(' '));
  if (script.empty()) return "a script is expected, such as deployment/check.sh";
  if (text.find_first_of("\t\n;&|<>$`\"'(){}") != std::string_view::npos) {
    return "a script with arguments is expected; there is no shell that would read quotes, pipes "
           "or variables";
  }
  if (script.front() == '/') return script.size() > kLongestPath ? "the path is too long" : "";
  return CheckPathRule(script);
}

std::string CheckOneLineRule(std::string_view text) {
  if (text.empty()) return "the text is empty";
  return text.find('\n') == std::string_view::npos ? "" : "the text must stay on one line";
}

std::string CheckNetworksRule(std::string_view text) {
  for (const std::string& word : SplitWords(text)) {
    if (word == "all" || std::find(kNetworks.begin(), kNetworks.end(), word) != kNetworks.end()) {
      continue;
    }
    const std::vector<std::string> known(kNetworks.begin(), kNetworks.end());
    const auto nearest = NearestName(word, known);
    return QuoteShort(word) + " is no network: mycelium, wireguard, ipv4, ipv6 or all" +
           (nearest ? "; did you mean \"" + *nearest + "\"?" : "");
  }
  return SplitWords(text).empty() ? "at least one network is needed" : "";
}

}  // namespace gitops
