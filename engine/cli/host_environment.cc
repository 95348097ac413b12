#include "engine/cli/host_environment.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "engine/os/user_name.h"

extern char** environ;  // NOLINT: POSIX names it so.

namespace gitops {
namespace {

std::map<std::string, std::string> ReadVariables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

std::string Variable(const HostEnvironment& host, const std::string& name) {
  const auto found = host.variables.find(name);
  return found == host.variables.end() ? std::string() : found->second;
}

int WidthOf(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string UserName() {
  return FindUserName(geteuid()).value_or("uid " + std::to_string(geteuid()));
}

std::string FindPatterns(const std::string& executable) {
  const std::filesystem::path beside =
      std::filesystem::path(executable).parent_path().parent_path() /
      "share/tfgrid-compose/patterns";
  std::error_code code;
  for (const std::filesystem::path& path :
       {beside, std::filesystem::path(TFGRID_COMPOSE_SOURCE_PATTERNS)}) {
    if (std::filesystem::is_directory(path, code)) return path.string();
  }
  return "";
}

/// True unless the locale names another encoding.
bool HasUtf8(const HostEnvironment& host) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = Variable(host, name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

RenderOptions RenderFor(const HostEnvironment& host, const Arguments& arguments, bool terminal,
                        int width) {
  RenderOptions render;
  const bool dumb = Variable(host, "TERM").empty() || Variable(host, "TERM") == "dumb";
  render.color = terminal && !dumb && !arguments.no_color && Variable(host, "NO_COLOR").empty();
  render.unicode = !terminal || HasUtf8(host);
  render.width = terminal ? width : 0;
  return render;
}

}  // namespace

HostEnvironment ReadHostEnvironment() {
  HostEnvironment host;
  host.variables = ReadVariables();
  std::error_code code;
  host.working_directory = std::filesystem::current_path(code).string();
  host.executable = std::filesystem::read_symlink("/proc/self/exe", code).string();
  host.shipped_patterns = FindPatterns(host.executable);
  host.root = geteuid() == 0;
  const std::string behind_sudo = host.root ? Variable(host, "SUDO_USER") : "";
  host.user = behind_sudo.empty() ? UserName() : behind_sudo;
  host.input_is_terminal = isatty(STDIN_FILENO) == 1;
  host.output_is_terminal = isatty(STDOUT_FILENO) == 1;
  host.error_is_terminal = isatty(STDERR_FILENO) == 1;
  host.output_width = WidthOf(STDOUT_FILENO);
  host.error_width = WidthOf(STDERR_FILENO);
  return host;
}

ConfigRequest MakeConfigRequest(const HostEnvironment& host, const Arguments& arguments) {
  ConfigRequest request;
  request.config_file = arguments.config_file;
  request.state_dir = arguments.state_dir;
  request.environment = host.variables;
  request.working_directory = host.working_directory;
  request.root = host.root;
  request.shipped_patterns = host.shipped_patterns;
  return request;
}

ScreenOptions MakeScreenOptions(const HostEnvironment& host, const Arguments& arguments) {
  ScreenOptions options;
  options.format = arguments.output;
  options.render = RenderFor(host, arguments, host.output_is_terminal, host.output_width);
  options.error_render = RenderFor(host, arguments, host.error_is_terminal, host.error_width);
  options.progress = host.error_is_terminal && options.format == OutputFormat::kText;
  options.notes = arguments.log_level && *arguments.log_level <= LogLevel::kInfo;
  options.stats = arguments.stats;
  return options;
}

}  // namespace gitops
