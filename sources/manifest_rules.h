// Rules for the names, paths and words of a manifest: each says what is wrong with a text in words
// for people, or "" when nothing is. Pure.
#pragma once

#include <string>
#include <string_view>

namespace gitops {

/// Linux passes at most 128 KiB as one "NAME=value" (MAX_ARG_STRLEN), its NUL included.
inline constexpr std::size_t kLongestVariable = 128 * 1024;
inline constexpr std::size_t kLongestPath = 1024;

/// Names of apps, patterns and providers: IsValidName.
std::string CheckNameRule(std::string_view name);
/// "name" or "environment/name".
std::string CheckDependencyRule(std::string_view name);
/// A path from the app's directory to a file in it: relative, no "..", no .git, no command line.
std::string CheckPathRule(std::string_view path);
/// The same for globs (*, **, ?, [..]).
std::string CheckGlobRule(std::string_view glob);
/// A variable of the declared environment: A-Z 0-9 _, and none that the system, the shell or the
/// engine's tools obey.
std::string CheckVariableRule(std::string_view name);
/// "22:ssh", "443".
std::string CheckPortRule(std::string_view text);
/// A host name, perhaps with a leading "*.".
std::string CheckDomainRule(std::string_view text);
/// A name of `commands`.
std::string CheckCommandNameRule(std::string_view name);
/// A name of `variables`.
std::string CheckPatternVariableRule(std::string_view name);
/// http:// or https:// with a host, without a user.
std::string CheckProbeUrlRule(std::string_view text);
/// "host:port", ":port" or "port".
std::string CheckProbeAddressRule(std::string_view text);
/// A script of the app or an absolute path on the host, perhaps with arguments.
std::string CheckProbeCommandRule(std::string_view text);
/// A text on one line.
std::string CheckOneLineRule(std::string_view text);
/// Networks separated by commas: mycelium, wireguard, ipv4, ipv6, or all.
std::string CheckNetworksRule(std::string_view text);

/// The port of a text that fits CheckPortRule.
int PortOf(std::string_view text);

/// `path` without "./" at its front.
std::string_view WithoutDotSlash(std::string_view path);

}  // namespace gitops
