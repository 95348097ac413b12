#include "engine/drivers/app_user.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <functional>
#include <optional>
#include <vector>

#include "engine/drivers/hook_environment.h"
#include "engine/os/private_directory.h"
#include "engine/os/system_error.h"

namespace gitops {
namespace {

AppUser EngineUser() {
  AppUser user;
  user.ids = {geteuid(), getegid()};
  user.name = CurrentUserName();
  return user;
}

Status CheckPossible(const LocalOptions& options, const AppId& app, const std::string& run_as) {
  if (options.can_confine) return {};
  return MakeError(ErrorKind::kInvalid, "cannot run hooks as another user",
                   "runAs is \"" + run_as + "\" for " + app.ToString() +
                       ", which needs root and the right to make mount namespaces",
                   "run the engine as root, or take runAs away; `tfgrid-compose doctor` says what "
                   "this machine can do");
}

Result<AppUser> NamedUser(const std::string& name) {
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return MakeError(ErrorKind::kInvalid, "no such user",
                     "runAs names the user \"" + name + "\", which this machine does not have",
                     "useradd --system " + name);
  }
  AppUser user;
  user.ids = {entry.pw_uid, entry.pw_gid};
  user.name = name;
  user.separate = entry.pw_uid != geteuid();
  return user;
}

std::string ReadLink(const std::string& path) {
  std::array<char, PATH_MAX> text{};
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  return size <= 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
}

/// The numbers of a range, each with the link that says whose it is.
class UserNumbers {
 public:
  UserNumbers(const LocalOptions& options, const AppId& app)
      : directory_(options.state_dir + "/users"), app_(app.ToString()), range_(options.users) {}

  /// The number that this app has. A number is taken at the first free place from the one that the
  /// app's name leads to; others may have been given back since, so all places are looked at.
  std::optional<std::uint32_t> Find() const {
    struct stat status {};
    if (lstat(directory_.c_str(), &status) != 0) return std::nullopt;
    const std::string own = ReadLink(OwnLink());
    if (own.empty()) return std::nullopt;
    const auto number = static_cast<std::uint32_t>(std::strtoul(own.c_str(), nullptr, 10));
    return ReadLink(PathOf(number)) == app_ ? std::optional<std::uint32_t>(number) : std::nullopt;
  }

  Result<std::uint32_t> Take() const {
    if (const auto number = Find()) return *number;
    RETURN_IF_ERROR(MakePrivateDirectory(directory_));
    const std::uint32_t size = range_.to - range_.from + 1;
    const auto start = static_cast<std::uint32_t>(std::hash<std::string>()(app_) % size);
    for (std::uint32_t i = 0; i < size; ++i) {
      const std::uint32_t number = range_.from + (start + i) % size;
      const std::string path = PathOf(number);
      if (symlink(app_.c_str(), path.c_str()) != 0) {
        if (errno != EEXIST) return SystemError("cannot note the user of an app", path, errno);
        if (ReadLink(path) != app_) continue;
      }
      return Note(number);
    }
    return MakeError(ErrorKind::kInvalid, "no user number is left",
                     "all of " + std::to_string(range_.from) + " to " + std::to_string(range_.to) +
                         " belong to apps",
                     "give appUsers a larger range");
  }

  Status Release() const {
    const auto number = Find();
    if (!number) return {};
    // The app's own link goes last: without it the number would be lost.
    for (const std::string& path : {PathOf(*number), OwnLink()}) {
      if (unlink(path.c_str()) != 0 && errno != ENOENT) {
        return SystemError("cannot give the user of an app back", path, errno);
      }
    }
    return {};
  }

 private:
  std::string PathOf(std::uint32_t number) const {
    return directory_ + "/" + std::to_string(number);
  }
  std::string OwnLink() const {
    std::string name = app_;
    name[name.find('/')] = '.';  // No name has a dot.
    return directory_ + "/" + name;
  }

  Result<std::uint32_t> Note(std::uint32_t number) const {
    unlink(OwnLink().c_str());  // Of a number that it does not have any more.
    if (symlink(std::to_string(number).c_str(), OwnLink().c_str()) != 0 && errno != EEXIST) {
      return SystemError("cannot note the user of an app", OwnLink(), errno);
    }
    return number;
  }

  std::string directory_;
  std::string app_;
  UserRange range_;
};

AppUser NumberedUser(std::uint32_t number) {
  AppUser user;
  user.ids = {number, number};
  user.name = std::to_string(number);
  user.separate = true;
  user.exclusive = true;
  return user;
}

}  // namespace

Result<AppUser> AppUserOf(const LocalOptions& options, const AppId& app) {
  const std::string run_as = options.PolicyOf(app).run_as;
  if (run_as == kRunAsEngine) return EngineUser();
  RETURN_IF_ERROR(CheckPossible(options, app, run_as));
  if (run_as != kRunAsApp) return NamedUser(run_as);
  ASSIGN_OR_RETURN(const std::uint32_t number, UserNumbers(options, app).Take());
  return NumberedUser(number);
}

Result<AppUser> KnownAppUser(const LocalOptions& options, const AppId& app) {
  const std::string run_as = options.PolicyOf(app).run_as;
  if (run_as != kRunAsApp) return AppUserOf(options, app);
  const auto number = UserNumbers(options, app).Find();
  return number ? NumberedUser(*number) : EngineUser();
}

Status ReleaseAppUser(const LocalOptions& options, const AppId& app) {
  return UserNumbers(options, app).Release();
}

}  // namespace gitops
