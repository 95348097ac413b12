#include "engine/store/source_rows.h"

#include "engine/model/codec.h"
#include "engine/store/upsert.h"

namespace gitops {

Status SaveSourceRow(Connection& connection, const SourceRecord& source) {
  static const std::string kSql = UpsertSql("source", {"name"},
                                            {{"url"},
                                             {"environment"},
                                             {"revision_ref"},
                                             {"revision_commit"},
                                             {"tree"},
                                             {"patterns_tree"},
                                             {"config_digest"},
                                             {"last_success_at_ms"},
                                             {"last_attempt_at_ms"},
                                             {"error"}});
  Query query(connection, kSql);
  query.Bind(source.name).Bind(source.url).Bind(source.environment);
  query.Bind(source.revision.ref).Bind(source.revision.commit);
  query.Bind(source.tree).Bind(source.patterns_tree).Bind(source.config_digest);
  query.Bind(source.last_success).Bind(source.last_attempt);
  if (source.error) {
    query.Bind(EncodeError(*source.error));
  } else {
    query.Bind(nullptr);
  }
  return query.Run();
}

Result<std::vector<SourceRecord>> ListSourceRows(Connection& connection) {
  Query query(connection,
              "SELECT name, url, environment, revision_ref, revision_commit, tree, patterns_tree, "
              "config_digest, last_success_at_ms, last_attempt_at_ms, error FROM source "
              "ORDER BY name");
  std::vector<SourceRecord> sources;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return sources;
    SourceRecord source;
    source.name = query.Text(0);
    source.url = query.Text(1);
    source.environment = query.Text(2);
    source.revision.ref = query.Text(3);
    ASSIGN_OR_RETURN(source.revision.commit, query.Id(4));
    ASSIGN_OR_RETURN(source.tree, query.Id(5));
    ASSIGN_OR_RETURN(source.patterns_tree, query.Id(6));
    source.config_digest = query.Text(7);
    source.last_success = query.OptionalTime(8);
    source.last_attempt = query.OptionalTime(9);
    if (!query.IsNull(10)) {
      Error error(ErrorKind::kInvalid, Diagnostic{});
      RETURN_IF_ERROR(DecodeError(query.Text(10), error));
      source.error = std::move(error);
    }
    sources.push_back(std::move(source));
  }
}

Status DeleteSourceRow(Connection& connection, const std::string& name) {
  ASSIGN_OR_RETURN(const auto apps,
                   connection.Number("SELECT count(*) FROM app WHERE source = ?", name));
  if (apps.value_or(0) > 0) {
    return MakeError(ErrorKind::kConflict, "apps belong to the source",
                     name + " cannot be forgotten: " + std::to_string(*apps) +
                         " app(s) in the state come from it");
  }
  return connection.Run("DELETE FROM source WHERE name = ?", name);
}

}  // namespace gitops
