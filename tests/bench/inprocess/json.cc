// The writer of documents against nlohmann-json, on the report of a pass over many apps.
#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>

#include "engine/model/documents.h"
#include "engine/model/json_writer.h"
#include "tests/bench/inprocess/rounds.h"

namespace gitops::bench {
namespace {

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

AppReport MakeApp(int number) {
  AppReport app;
  app.app = {"production", "app" + std::to_string(100000 + number)};
  app.source = "apps";
  app.revision = {"main", ObjectId::FromHex(kCommit).value_or(ObjectId())};
  app.applied_revision = app.revision;
  app.sync = SyncStatus::kSynced;
  app.health = Health::kHealthy;
  app.run = number + 1;
  app.snapshot = 1 + number % 10;
  return app;
}

std::string Write(const ReconcileReport& report) {
  std::string out;
  JsonWriter writer(out);
  writer.BeginObject();
  WriteReconcileReport(writer, report);
  writer.EndObject();
  return out;
}

}  // namespace

void MeasureJson(int apps, int runs) {
  ReconcileReport report;
  for (int i = 0; i < apps; ++i) report.apps.push_back(MakeApp(i));
  const std::string text = Write(report);
  const nlohmann::ordered_json document = nlohmann::ordered_json::parse(text);
  std::size_t written = text.size();
  const auto expect = [&](std::size_t size) {
    // The indentation differs by a few bytes; the work must be the same.
    if (size < written / 2) Give("a writer wrote too little");
  };
  std::fprintf(stderr, "%zu bytes\n", written);
  RunRounds({{"JSON writer of the engine", [&] { expect(Write(report).size()); }},
             {"nlohmann: copy and dump",
              [&] {
                const nlohmann::ordered_json copy = document;
                expect(copy.dump(2).size());
              }},
             {"nlohmann: dump alone", [&] { expect(document.dump(2).size()); }}},
            runs);
}

}  // namespace gitops::bench
