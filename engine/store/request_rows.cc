#include "engine/store/request_rows.h"

#include <algorithm>

namespace gitops {
namespace {

constexpr const char* kSelect =
    "SELECT source, asked, looked, asked_at_ms, asked_by, waiting_since_ms FROM source_request ";

SourceRequest ReadRequest(const Query& row) {
  SourceRequest request;
  request.source = row.Text(0);
  request.asked = static_cast<std::uint64_t>(row.Int64(1));
  request.looked = static_cast<std::uint64_t>(row.Int64(2));
  request.asked_at = row.Time(3);
  request.asked_by = row.Text(4);
  request.waiting_since = row.OptionalTime(5);
  return request;
}

}  // namespace

Result<std::uint64_t> RaiseRequestRow(Connection& connection, const std::string& source,
                                      std::string_view why, WallTime now) {
  Query query(
      connection,
      "INSERT INTO source_request"
      " (source, asked, looked, asked_at_ms, asked_by, waiting_since_ms)"
      " VALUES (?1, 1, 0, ?2, ?3, ?2) ON CONFLICT (source) DO UPDATE SET"
      " asked = asked + 1, asked_at_ms = excluded.asked_at_ms, asked_by = excluded.asked_by,"
      " waiting_since_ms = ifnull(waiting_since_ms, excluded.waiting_since_ms)"
      " RETURNING asked");
  query.Bind(source).Bind(now).Bind(why);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return UnknownStoredValue("source_request", source);
  const auto number = static_cast<std::uint64_t>(query.Int64(0));
  RETURN_IF_ERROR(query.Run());
  return number;
}

Result<SourceRequest> LoadRequestRow(Connection& connection, const std::string& source) {
  Query query(connection, std::string(kSelect) + "WHERE source = ?");
  query.Bind(source);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (found) return ReadRequest(query);
  SourceRequest request;
  request.source = source;
  return request;
}

Result<std::vector<SourceRequest>> ListRequestRows(Connection& connection) {
  Query query(connection, std::string(kSelect) + "ORDER BY source");
  std::vector<SourceRequest> requests;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return requests;
    requests.push_back(ReadRequest(query));
  }
}

Result<std::uint64_t> AnswerRequestRow(Connection& connection, const std::string& source,
                                       std::uint64_t number) {
  ASSIGN_OR_RETURN(const SourceRequest request, LoadRequestRow(connection, source));
  number = std::min(number, request.asked);
  if (number <= request.looked) return std::uint64_t{0};
  // What came during the look waits from then on; when exactly the oldest of it came is not kept.
  std::optional<WallTime> waiting_since;
  if (number < request.asked) waiting_since = request.asked_at;
  RETURN_IF_ERROR(
      connection.Run("UPDATE source_request SET looked = ?, waiting_since_ms = ? WHERE source = ?",
                     number, waiting_since, source));
  return number;
}

}  // namespace gitops
