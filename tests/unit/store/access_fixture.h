// AccessFixture: a new state database that was closed by its engine, opened as the command line and
// the API open it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/store/access_database.h"
#include "tests/support/temp_store.h"

namespace gitops {

class AccessFixture : public testing::Test {
 protected:
  AccessFixture() { database_ = Open(); }

  AccessOptions Options() const {
    AccessOptions options;
    options.path = store_.path();
    options.seal_key = store_.Options().seal_key;
    options.binary_version = "1.0.0";
    options.busy_timeout = std::chrono::milliseconds(20);
    return options;
  }

  std::shared_ptr<AccessDatabase> Open() {
    auto opened = AccessDatabase::Open(Options(), store_.clock());
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().ToString());
    return opened ? *opened : nullptr;
  }

  /// What somebody with an SQL shell does.
  void Tamper(const std::string& sql) {
    const auto connection = Connection::Open({.path = store_.path()});
    ASSERT_TRUE(connection);
    const Status status = (*connection)->Execute(sql);
    ASSERT_TRUE(status) << status.error().ToString();
  }

  std::int64_t Number(const std::string& sql) {
    const auto connection = Connection::Open({.path = store_.path()});
    return connection ? (*connection)->Number(sql).value().value_or(-1) : -1;
  }

  TempStore store_;
  std::shared_ptr<AccessDatabase> database_;
};

}  // namespace gitops
