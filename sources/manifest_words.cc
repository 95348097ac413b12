#include "sources/manifest_words.h"

namespace gitops {
namespace {

struct ReservedName {
  std::string_view name;  ///< With "*" at its end: all names that begin so.
  std::string_view reason;
};

constexpr std::string_view kLoader = "the system's program loader obeys it";
constexpr std::string_view kShell = "the shell that runs hooks obeys it";
constexpr std::string_view kSystem = "the system sets it";
constexpr std::string_view kEngine = "the engine sets it for hooks";
constexpr std::string_view kGit = "Git obeys it";
constexpr std::string_view kTofu = "OpenTofu obeys it";
constexpr std::string_view kAnsible = "Ansible obeys it";
constexpr std::string_view kInterpreter = "an interpreter of scripts obeys it";

// From ld.so(8), bash(1), environ(7), git(1), OpenTofu's and Ansible's manuals. Names with GIT_ in
// front that Git does not read (GIT_USER_NAME, GIT_BRANCH) stay free: apps use them.
constexpr ReservedName kReserved[] = {
    {"LD_*", kLoader},
    {"DYLD_*", kLoader},
    {"GLIBC_TUNABLES", kLoader},
    {"GCONV_PATH", kLoader},
    {"LOCPATH", kLoader},
    {"NLSPATH", kLoader},
    {"MALLOC_*", kLoader},
    {"HOSTALIASES", kSystem},
    {"RES_OPTIONS", kSystem},
    {"RESOLV_*", kSystem},
    {"BASH_*", kShell},
    {"BASHOPTS", kShell},
    {"SHELLOPTS", kShell},
    {"ENV", kShell},
    {"IFS", kShell},
    {"PS4", kShell},
    {"CDPATH", kShell},
    {"GLOBIGNORE", kShell},
    {"POSIXLY_CORRECT", kShell},
    {"PROMPT_COMMAND", kShell},
    {"PATH", kSystem},
    {"HOME", kSystem},
    {"SHELL", kSystem},
    {"USER", kSystem},
    {"LOGNAME", kSystem},
    {"PWD", kSystem},
    {"OLDPWD", kSystem},
    {"TMPDIR", kSystem},
    {"XDG_*", kSystem},
    {"SSH_AUTH_SOCK", kSystem},
    {"SSH_ASKPASS*", kSystem},
    {"SSH_CONNECTION", kSystem},
    {"SSH_CLIENT", kSystem},
    {"SSH_ORIGINAL_COMMAND", kSystem},
    {"SUDO_*", kSystem},
    {"LISTEN_FDS", kSystem},
    {"LISTEN_PID", kSystem},
    {"NOTIFY_SOCKET", kSystem},
    {"TF_*", kTofu},
    {"TOFU_*", kTofu},
    {"ANSIBLE_*", kAnsible},
    {"PYTHONPATH", kInterpreter},
    {"PYTHONHOME", kInterpreter},
    {"PYTHONSTARTUP", kInterpreter},
    {"PERL5LIB", kInterpreter},
    {"PERL5OPT", kInterpreter},
    {"PERL5DB", kInterpreter},
    {"PERLLIB", kInterpreter},
    {"RUBYLIB", kInterpreter},
    {"RUBYOPT", kInterpreter},
    {"GIT_ALLOW_*", kGit},
    {"GIT_ALTERNATE_*", kGit},
    {"GIT_ASKPASS", kGit},
    {"GIT_ATTR*", kGit},
    {"GIT_CEILING_*", kGit},
    {"GIT_COMMON_DIR", kGit},
    {"GIT_CONFIG*", kGit},
    {"GIT_DIFF_*", kGit},
    {"GIT_DIR", kGit},
    {"GIT_DISCOVERY_*", kGit},
    {"GIT_EDITOR", kGit},
    {"GIT_EXEC_PATH", kGit},
    {"GIT_EXTERNAL_DIFF", kGit},
    {"GIT_HTTP_*", kGit},
    {"GIT_INDEX_*", kGit},
    {"GIT_NAMESPACE", kGit},
    {"GIT_NO_*", kGit},
    {"GIT_OBJECT_*", kGit},
    {"GIT_PAGER", kGit},
    {"GIT_PROTOCOL*", kGit},
    {"GIT_PROXY_*", kGit},
    {"GIT_QUARANTINE_*", kGit},
    {"GIT_REPLACE_*", kGit},
    {"GIT_SEQUENCE_EDITOR", kGit},
    {"GIT_SHALLOW_FILE", kGit},
    {"GIT_SSH*", kGit},
    {"GIT_SSL_*", kGit},
    {"GIT_TEMPLATE_DIR", kGit},
    {"GIT_TERMINAL_PROMPT", kGit},
    {"GIT_TRACE*", kGit},
    {"GIT_WORK_TREE", kGit},
    {"TFGRID_COMPOSE_*", kEngine},
    {"TFGRID_APP_NAME", kEngine},
    {"TFGRID_ENVIRONMENT", kEngine},
    {"TFGRID_REVISION", kEngine},
    {"TFGRID_SOURCE_DIR", kEngine},
    {"TFGRID_DEPLOYMENT_DIR", kEngine},
    {"TFGRID_DATA_DIR", kEngine},
    {"TFGRID_PRIMARY_IP", kEngine},
    {"APP_VERSION", kEngine},
};

}  // namespace

std::string_view ReservedVariable(std::string_view name) {
  for (const ReservedName& reserved : kReserved) {
    if (name.empty() || reserved.name.front() != name.front()) continue;
    const bool prefix = reserved.name.back() == '*';
    const std::string_view text = reserved.name.substr(0, reserved.name.size() - (prefix ? 1 : 0));
    if (prefix ? name.substr(0, text.size()) == text : name == text) return reserved.reason;
  }
  return "";
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.remove_suffix(1);
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return words;
}

}  // namespace gitops
