#include "engine/store/upsert.h"

namespace gitops {
namespace {

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

std::string UpsertSql(const std::string& table, const std::vector<std::string>& keys,
                      const std::vector<UpsertColumn>& columns, const std::string& also) {
  std::vector<std::string> names = keys;
  std::vector<std::string> assignments;
  std::vector<std::string> old_values;
  std::vector<std::string> new_values;
  for (const UpsertColumn& column : columns) {
    const std::string update = column.update.empty() ? "excluded." + column.name : column.update;
    names.push_back(column.name);
    assignments.push_back(column.name + " = " + update);
    old_values.push_back(table + "." + column.name);
    new_values.push_back(update);
  }
  if (!also.empty()) assignments.push_back(also);
  const std::vector<std::string> marks(names.size(), "?");
  return "INSERT INTO " + table + " (" + Joined(names) + ") VALUES (" + Joined(marks) +
         ") ON CONFLICT (" + Joined(keys) + ") DO UPDATE SET " + Joined(assignments) + " WHERE (" +
         Joined(old_values) + ") IS NOT (" + Joined(new_values) + ")";
}

}  // namespace gitops
