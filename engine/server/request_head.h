// RequestHead: what a parsed head means for the front: who is asked for what, how the body is
// framed, whether the connection goes on. Everything that two readers of one request could
// understand differently is refused here (request smuggling, RFC 9112 §11.2). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/server/http_message.h"

namespace gitops {

/// What a parser found, before it means anything.
struct ParsedHead {
  std::string method;
  std::string target;
  int minor_version = 1;  ///< Of HTTP/1.
  HttpHeaders headers;
};

/// How the answer has to be sent.
struct AnswerForm {
  bool without_body = false;  ///< To HEAD.
  bool keep_alive = true;     ///< The client has not asked to close.
  bool http_1_0 = false;
};

struct RequestHead {
  HttpHead head;  ///< Without client_address, from_loopback and request_id.
  AnswerForm answer;
  bool chunked = false;         ///< The body; else it has head.content_length bytes.
  bool wants_continue = false;  ///< The client waits for 100 before it sends the body.
};

/// Fills `out` or says why not: 400 for anything ambiguous (two Content-Length, Content-Length with
/// Transfer-Encoding, codings other than chunked, no or several or broken Host, absolute-form,
/// TRACE, CONNECT), 415 for an encoded body, 417 for an expectation other than 100-continue.
std::optional<Problem> ReadRequestHead(ParsedHead parsed, RequestHead& out);

}  // namespace gitops
