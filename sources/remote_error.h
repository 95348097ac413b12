// RemoteError: a failed fetch or push as an Error that says what to do. Never holds credentials.
#pragma once

#include "engine/base/error.h"
#include "sources/fetch_wire.h"
#include "sources/remote_notes.h"
#include "sources/source_url.h"

namespace gitops {

/// What libgit2 said: git_error_last() at the time of the failure.
struct GitFailure {
  int code = 0;
  int error_class = 0;
  std::string message;

  /// Reads it for `code` on this thread.
  static GitFailure Last(int code);
  bool Says(std::string_view part) const { return message.find(part) != std::string::npos; }
};

/// True when the server answered with a redirect, which was not followed.
bool IsRedirect(const GitFailure& failure);

/// `url` is the request's, checked.
Error RemoteError(const RemoteRequest& request, const ParsedUrl& url, const RemoteNotes& notes,
                  const GitFailure& failure);

/// The error for a deadline that is over: kTransient.
Error NoAnswer(const RemoteRequest& request);

}  // namespace gitops
