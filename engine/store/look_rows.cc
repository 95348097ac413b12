#include "engine/store/look_rows.h"

#include <algorithm>

#include "engine/store/row_pruning.h"

namespace gitops {
namespace {

/// Remembers which runs are older than what the look found: those before `last_run`, and those
/// that began when fewer looks than `looks` had been saved of the app. An app that is gone already
/// had its deletion as its newest run, or none.
Status InsertAppRow(Connection& connection, std::int64_t look, const AppId& app) {
  return connection.Run(
      "INSERT INTO look_app (look, environment, name, looks, last_run)"
      " SELECT ?1, ?2, ?3, found.looks,"
      " ifnull((SELECT id FROM run WHERE environment = ?2 AND name = ?3"
      "         AND app_looks < found.looks ORDER BY id DESC LIMIT 1), 0)"
      " FROM (SELECT ifnull((SELECT looks FROM app WHERE environment = ?2 AND name = ?3), 0)"
      "       AS looks) AS found",
      look, app.environment, app.name);
}

}  // namespace

Status InsertLookRow(Connection& connection, const std::string& source, std::uint64_t number,
                     WallTime now, const LookNote& note, std::int64_t keep) {
  RETURN_IF_ERROR(connection.Run(
      "INSERT INTO source_look (source, number, at_ms, result, apps) VALUES (?, ?, ?, ?, ?)",
      source, number, now, note.result, static_cast<std::int64_t>(note.changed.size())));
  const std::int64_t look = connection.LastInsertId();
  const std::size_t kept = std::min(note.changed.size(), kMostAppsOfALook);
  for (std::size_t i = 0; i < kept; ++i) {
    RETURN_IF_ERROR(InsertAppRow(connection, look, note.changed[i]));
  }
  RETURN_IF_ERROR(PruneOldestRows(connection, "source_look", keep));
  return PruneOldestRows(connection, "look_app", keep);
}

Result<std::optional<CausingLook>> FindCausingLook(Connection& connection, RunId run) {
  // A run that began after more looks than the first one behind this look is of something newer.
  Query query(connection,
              "SELECT l.id, l.source, l.number FROM run AS r"
              " JOIN look_app AS a ON a.environment = r.environment AND a.name = r.name"
              "  AND a.last_run < r.id AND a.looks <= r.app_looks"
              " JOIN source_look AS l ON l.id = a.look"
              " WHERE r.id = ?1 AND r.app_looks ="
              "  (SELECT app_looks FROM run WHERE environment = a.environment AND name = a.name"
              "   AND id > a.last_run AND app_looks >= a.looks ORDER BY id LIMIT 1)"
              " ORDER BY a.id DESC LIMIT 1");
  query.Bind(run);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::optional<CausingLook>();
  return std::optional(
      CausingLook{query.Int64(0), query.Text(1), static_cast<std::uint64_t>(query.Int64(2))});
}

Result<std::vector<CausedWork>> ListCausedWork(Connection& connection, std::int64_t look) {
  // Runs that began with the same looks as the first one: until anything newer was found.
  Query query(connection,
              "SELECT a.environment, a.name, r.id, r.trigger_kind, r.status, r.app_looks"
              " FROM look_app AS a LEFT JOIN run AS r ON r.id IN"
              " (SELECT id FROM run WHERE environment = a.environment AND name = a.name"
              "  AND id > a.last_run AND app_looks >= a.looks ORDER BY id LIMIT 5)"
              " WHERE a.look = ? ORDER BY a.id, r.id");
  query.Bind(look);
  std::vector<CausedWork> work;
  std::int64_t looks = 0;  // Of the app's first run.
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return work;
    const AppId app{query.Text(0), query.Text(1)};
    if (work.empty() || work.back().app != app) work.push_back({app, {}});
    if (query.IsNull(2)) continue;
    std::vector<CausedRun>& runs = work.back().runs;
    if (runs.empty()) looks = query.Int64(5);
    if (query.Int64(5) != looks) continue;
    CausedRun run;
    run.id = query.Int64(2);
    ASSIGN_OR_RETURN(run.trigger,
                     Known(ParseRunTrigger(query.Text(3)), "trigger_kind", query.Text(3)));
    ASSIGN_OR_RETURN(run.status, Known(ParseRunStatus(query.Text(4)), "status", query.Text(4)));
    runs.push_back(run);
  }
}

}  // namespace gitops
