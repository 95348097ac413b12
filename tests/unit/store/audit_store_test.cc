#include "engine/store/audit_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/store/access_fixture.h"

namespace gitops {
namespace {

using testing::HasSubstr;

AuditNote SomeNote(const std::string& target) {
  return {"token 1 (ci)", "127.0.0.1", "app.rollback", target, "abc", "accepted", "run 5", "r-1"};
}

class AuditStoreTest : public AccessFixture {
 protected:
  void Fill(int count) {
    for (int i = 1; i <= count; ++i) {
      const auto entry = audit_.Append(SomeNote("app " + std::to_string(i)));
      ASSERT_TRUE(entry) << entry.error().ToString();
      ASSERT_EQ(entry->id, i);
    }
  }

  AuditVerdict Verify() {
    const auto verdict = audit_.Verify();
    EXPECT_TRUE(verdict);
    return verdict ? *verdict : AuditVerdict{};
  }

  AuditStore audit_{database_};
};

TEST_F(AuditStoreTest, AnEmptyLogIsWhole) { EXPECT_EQ(Verify(), AuditVerdict{}); }

TEST_F(AuditStoreTest, EntriesFollowEachOther) {
  Fill(3);
  const auto newest = audit_.List(0, 2);
  ASSERT_TRUE(newest && newest->size() == 2);
  EXPECT_EQ((*newest)[0].id, 3);
  EXPECT_EQ((*newest)[0].note, SomeNote("app 3"));
  EXPECT_EQ((*newest)[0].previous, (*newest)[1].hash);
  EXPECT_EQ(audit_.List(2, 100)->size(), 1U);
  const AuditVerdict verdict = Verify();
  EXPECT_EQ(verdict.first, 1);
  EXPECT_EQ(verdict.last, 3);
  EXPECT_EQ(verdict.last_hash, (*newest)[0].hash);
  EXPECT_FALSE(verdict.broken);
}

TEST_F(AuditStoreTest, EveryChangedFieldShows) {
  Fill(5);
  for (const char* change :
       {"at_ms = at_ms + 1", "actor = 'token 2'", "address = '::1'", "action = 'x'", "target = 'x'",
        "plan_digest = ''", "result = 'refused'", "detail = ''", "request = ''", "previous = 'x'",
        "hash = 'x'"}) {
    Tamper("CREATE TABLE kept AS SELECT * FROM audit WHERE id = 3");
    Tamper("UPDATE audit SET " + std::string(change) + " WHERE id = 3");
    EXPECT_EQ(Verify().broken, 3) << change;
    Tamper("DELETE FROM audit WHERE id = 3; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept");
    EXPECT_FALSE(Verify().broken) << change;
  }
}

TEST_F(AuditStoreTest, AMissingEntryShows) {
  Fill(5);
  Tamper("DELETE FROM audit WHERE id = 3");
  const AuditVerdict verdict = Verify();
  EXPECT_EQ(verdict.broken, 4);
  EXPECT_EQ(verdict.why, "entry 3 before it is missing");
}

TEST_F(AuditStoreTest, AMissingBeginningShows) {
  Fill(5);
  Tamper("DELETE FROM audit WHERE id <= 2");
  EXPECT_EQ(Verify().broken, 3);
  EXPECT_EQ(Verify().why, "entries 1 to 2 before it are missing");
}

TEST_F(AuditStoreTest, AMissingEndShowsAlsoWhenItsNoteIsMoved) {
  Fill(5);
  Tamper("DELETE FROM audit WHERE id = 5");
  EXPECT_EQ(Verify().broken, 5);
  EXPECT_THAT(Verify().why, HasSubstr("went on to entry 5"));
  Tamper("UPDATE audit_ends SET last = 4, last_hash = (SELECT hash FROM audit WHERE id = 4)");
  EXPECT_TRUE(Verify().broken);
  EXPECT_THAT(Verify().why, HasSubstr("ends was changed"));
  Tamper("DELETE FROM audit; UPDATE audit_ends SET last = 0, last_hash = ''");
  EXPECT_TRUE(Verify().broken) << "an emptied log is not one that was never written to";
}

TEST_F(AuditStoreTest, AnInsertedEntryShows) {
  Fill(2);
  Tamper(
      "INSERT INTO audit SELECT 3, at_ms, actor, address, action, target, plan_digest, result,"
      " detail, request, hash, hash FROM audit WHERE id = 2");
  EXPECT_EQ(Verify().broken, 3);
}

TEST_F(AuditStoreTest, OldEntriesGoAndTheRestStaysVerifiable) {
  AuditStore small(database_, 10);
  for (int i = 0; i < 510; ++i) ASSERT_TRUE(small.Append(SomeNote("x")));
  AuditVerdict verdict = *small.Verify();
  EXPECT_EQ(verdict.first, 501);
  EXPECT_EQ(verdict.last, 510);
  EXPECT_FALSE(verdict.broken) << verdict.why;
  Tamper("DELETE FROM audit WHERE id <= 502");
  EXPECT_EQ(small.Verify()->broken, 503);
}

TEST_F(AuditStoreTest, LongTextsAreCutAtTheBorderOfACharacter) {
  AuditNote note = SomeNote("x");
  note.detail = std::string(1023, 'a') + "é and more";
  const auto entry = audit_.Append(note);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->note.detail, std::string(1023, 'a'));
  EXPECT_FALSE(Verify().broken);
}

TEST_F(AuditStoreTest, SeveralWritersMakeOneChain) {
  // Two processes would each open the database, as these threads do.
  std::vector<std::thread> writers;
  AccessOptions options = Options();
  options.busy_timeout = std::chrono::seconds(30);
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      AuditStore mine(*AccessDatabase::Open(options, store_.clock()));
      for (int k = 0; k < 25; ++k) EXPECT_TRUE(mine.Append(SomeNote("x")));
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Verify().last, 100);
  EXPECT_FALSE(Verify().broken);
}

}  // namespace
}  // namespace gitops
