// The table of endpoints, and that docs/openapi.json says the same.
#include "engine/server/api_endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

#include "engine/server/app_cursor.h"
#include "engine/server/openapi_text.h"

namespace gitops {
namespace {

ApiMatch Match(const std::string& method, const std::vector<std::string>& segments) {
  return MatchEndpoint(method, segments);
}

TEST(ApiEndpoints, AreThoseOfTheDocument) {
  const nlohmann::json document = nlohmann::json::parse(OpenApiText());
  std::set<std::string> table;
  for (const ApiEndpoint& endpoint : ApiEndpoints()) {
    std::string line =
        std::string(endpoint.method) + " /" + std::string(endpoint.path) + " " +
        (endpoint.target == ApiTarget::kOpenApi ? "none" : std::string(ToString(endpoint.role)));
    const std::set<std::string> names(endpoint.parameters.begin(), endpoint.parameters.end());
    for (const std::string& name : names) line += " " + name;
    table.insert(line);
  }
  std::set<std::string> described;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string line = (method == "get" ? "GET " : "POST ") + path + " " +
                         operation["x-role"].get<std::string>();
      std::set<std::string> names;
      for (const auto& parameter : operation["parameters"]) {
        if (parameter["in"] == "query") names.insert(parameter["name"]);
      }
      for (const std::string& name : names) line += " " + name;
      described.insert(line);
    }
  }
  EXPECT_EQ(table, described);
}

TEST(ApiEndpoints, PathsAndWhatIsInThem) {
  const ApiMatch app = Match("GET", {"apps", "production", "web", "diff"});
  ASSERT_NE(app.endpoint, nullptr);
  EXPECT_EQ(app.endpoint->target, ApiTarget::kDiff);
  EXPECT_EQ(app.app.ToString(), "production/web");
  const ApiMatch run = Match("POST", {"runs", "42", "cancel"});
  ASSERT_NE(run.endpoint, nullptr);
  EXPECT_EQ(run.number, 42);
  EXPECT_EQ(Match("POST", {"apps"}).endpoint, nullptr);
  EXPECT_EQ(Match("POST", {"apps"}).allow, "GET");
  for (const std::vector<std::string>& nowhere :
       std::vector<std::vector<std::string>>{{},
                                             {"apps", "production"},
                                             {"apps", "production", "web", "diff", "x"},
                                             {"runs"},
                                             {"runs", "0"},
                                             {"runs", "+1"},
                                             {"runs", "1x"},
                                             {"apps", "", "web"},
                                             {"apps", "a/b", "c"}}) {
    EXPECT_EQ(Match("GET", nowhere).endpoint, nullptr);
    EXPECT_EQ(Match("GET", nowhere).allow, "");
  }
}

TEST(AppCursor, FitsItsOwnListOnly) {
  const AppId app{"production", "web"};
  const std::string cursor = WriteAppCursor("list", app);
  EXPECT_EQ(ReadAppCursor("list", cursor), app);
  EXPECT_FALSE(ReadAppCursor("other", cursor));
  for (const std::string& other : {std::string(), cursor + ".x", cursor.substr(0, 12),
                                   cursor.substr(0, 13), cursor + std::string(100, 'a')}) {
    EXPECT_FALSE(ReadAppCursor("list", other)) << other;
  }
}

}  // namespace
}  // namespace gitops
