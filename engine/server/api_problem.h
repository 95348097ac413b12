// The problems that the API answers with: their fixed titles, and errors of the engine as problems.
// Nothing of a token, a path of this machine or a secret is in them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/server/http_message.h"

namespace gitops {

inline constexpr std::string_view kNotAuthenticated = "not authenticated";
inline constexpr std::string_view kNotAllowed = "not allowed";
inline constexpr std::string_view kNoSuchThing = "not found";
inline constexpr std::string_view kBadBody = "malformed body";
inline constexpr std::string_view kBadValue = "invalid request";
inline constexpr std::string_view kConflicting = "conflict";
inline constexpr std::string_view kStale = "the app has changed";
inline constexpr std::string_view kTooBusy = "busy";

/// The same for every way not to be who one says: no token, a wrong, expired or revoked one.
Problem NotAuthenticated();
/// The same for every right that is missing.
Problem NotAllowed();
/// The same for every path that leads nowhere, and for what a token may not see.
Problem NotFoundProblem();
/// 422. `field` is the part of the request.
Problem BadValue(std::string field, std::string detail, std::string fix = "");

/// What the error means to a client. Details are told of what is wrong with the request; of all
/// else only the summary, which is fixed text.
Problem ProblemOf(const Error& error);

/// 401 says how to authenticate, 503 when to come back.
HttpResponse ApiProblem(const Problem& problem, std::string_view request_id);

}  // namespace gitops
