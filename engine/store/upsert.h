// Upsert: the text of "insert a row, or update it where it differs". An update that would change
// nothing writes nothing, so that recording the same facts again costs no disk access. Pure.
#pragma once

#include <string>
#include <vector>

namespace gitops {

struct UpsertColumn {
  std::string name;
  /// What the column becomes in an existing row; "" for the new value.
  std::string update = "";
};

/// INSERT … ON CONFLICT (keys) DO UPDATE … WHERE any of `columns` differs. Parameters: the keys,
/// then the columns. `also` ("looks = looks + 1") is set when the row is updated.
std::string UpsertSql(const std::string& table, const std::vector<std::string>& keys,
                      const std::vector<UpsertColumn>& columns, const std::string& also = "");

}  // namespace gitops
