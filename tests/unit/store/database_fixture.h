// A state database on a disk: its bytes, and how it is opened and refused.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "engine/store/sql.h"
#include "tests/support/temp_store.h"
#include "tests/unit/store/records.h"

namespace gitops {

class DatabaseFixture : public testing::Test {
 protected:
  /// Opens for writing and expects a refusal.
  Error Refused(const SqliteStoreOptions& options) {
    auto opened = store_.Open(options);
    EXPECT_FALSE(opened) << "it was opened";
    return opened ? SomeError() : opened.error();
  }
  Error Refused() { return Refused(store_.Options()); }

  /// For an opener that takes the lease with its first write.
  SqliteStoreOptions FirstWrite(const std::string& holder = "pid 1 on test") const {
    SqliteStoreOptions options = store_.Options(holder);
    options.lease = LeaseTime::kAtFirstWrite;
    return options;
  }

  /// A closed database with some content, enough for pages of several kinds.
  void Fill(int apps = 60) {
    std::vector<AppRecord> records;
    for (int i = 0; i < apps; ++i) records.push_back(FullApp("app" + std::to_string(i)));
    ASSERT_TRUE(store_->SaveApps(records, {SomeEvent("filled")}));
    store_.Close();
    ASSERT_FALSE(std::filesystem::exists(store_.path() + "-wal"));
  }

  std::string Bytes() const {
    std::ifstream file(store_.path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void SetBytes(const std::string& bytes) const {
    std::ofstream(store_.path(), std::ios::binary | std::ios::trunc) << bytes;
  }

  void Sql(const std::string& sql) const {
    const auto connection = Connection::Open({.path = store_.path()});
    ASSERT_TRUE(connection);
    const Status status = (*connection)->Execute(sql);
    ASSERT_TRUE(status) << status.error().ToString();
  }

  std::set<std::string> FilesInDirectory() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(store_.directory())) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  TempStore store_;
};

}  // namespace gitops
