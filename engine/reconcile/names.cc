#include "engine/reconcile/names.h"

#include "engine/base/suggest.h"

namespace gitops {

Result<std::vector<AppRecord>> FindAppsNamed(Store& store, const std::string& name,
                                             const std::string& environment) {
  std::vector<AppRecord> found;
  if (name.find('/') != std::string::npos) {
    ASSIGN_OR_RETURN(const AppId id, ParseAppId(name));
    ASSIGN_OR_RETURN(auto record, store.LoadApp(id));
    if (record) found.push_back(*std::move(record));
    return found;
  }
  if (!IsValidName(name)) {
    return MakeError(
        ErrorKind::kInvalid, "not an app",
        "\"" + name + "\": expected name or environment/name, each " + std::string(kNameRule));
  }
  AppFilter filter;
  filter.environment = environment;
  filter.name = name;
  return store.ListApps(filter);
}

Result<AppRecord> FindOneApp(Store& store, const std::string& name) {
  ASSIGN_OR_RETURN(auto found, FindAppsNamed(store, name, ""));
  if (found.size() == 1) return std::move(found.front());
  if (found.size() > 1) {
    std::string list;
    for (const AppRecord& record : found) list += " " + record.id.ToString();
    return MakeError(ErrorKind::kInvalid, "the name is ambiguous",
                     "several environments have an app \"" + name + "\":" + list,
                     "name one of them as environment/name");
  }
  ASSIGN_OR_RETURN(const auto all, store.ListApps({}));
  std::vector<std::string> names;
  for (const AppRecord& record : all) {
    names.push_back(name.find('/') == std::string::npos ? record.id.name : record.id.ToString());
  }
  std::string hint = SuggestName(name, names);
  if (hint.empty()) hint = "list them: tfgrid-compose status";
  return MakeError(ErrorKind::kNotFound, "no such app", "no app \"" + name + "\" is recorded",
                   std::move(hint));
}

}  // namespace gitops
