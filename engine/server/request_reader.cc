#include "engine/server/request_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <limits>

#include "engine/base/check.h"
#include "engine/server/front_problems.h"

namespace gitops {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

/// The size of a chunk with its extensions, and all trailer fields, have to fit into this.
constexpr std::size_t kChunkHeadBytes = 8 * 1024;

/// The least that is left of a chunked body: "0 CR LF CR LF". The parser asserts that it never gets
/// less of the last chunk, which bytes that drip would break.
constexpr std::size_t kLastChunkBytes = 5;

/// A body that grows within two limits: its own, and the one of all bodies.
struct BoundedBody {
  struct value_type {
    std::string bytes;
    std::size_t limit = 0;
    std::size_t expected = 0;  ///< What it will be at most, as far as is known.
    std::optional<Share> share;
    bool over_limit = false;
    bool out_of_memory = false;
  };

  class reader {
   public:
    template <bool isRequest, typename Fields>
    reader(http::header<isRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }

    template <typename Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      const std::size_t size = boost::asio::buffer_size(buffers);
      body_.over_limit = size > body_.limit - body_.bytes.size();
      if (!body_.over_limit) body_.out_of_memory = !Reserve(body_.bytes.size() + size);
      if (body_.over_limit || body_.out_of_memory) {
        error = http::error::body_limit;
        return 0;
      }
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers); ++at) {
        const boost::asio::const_buffer piece(*at);
        body_.bytes.append(static_cast<const char*>(piece.data()), piece.size());
      }
      return size;
    }

    void finish(error_code& error) { error = {}; }

   private:
    /// Grows in steps, and takes the memory of a step before it is used.
    bool Reserve(std::size_t size) {
      if (size <= body_.bytes.capacity()) return true;
      const std::size_t room = std::max(size, std::min(body_.expected, body_.bytes.capacity() * 2));
      if (!body_.share->Take(static_cast<std::int64_t>(room) - body_.share->taken())) return false;
      body_.bytes.reserve(room);
      return true;
    }

    value_type& body_;
  };
};

std::string ExplainError(const error_code& error) {
  if (error == http::error::bad_method) return "the request line begins with no method";
  if (error == http::error::bad_target) return "the request target is not valid";
  if (error == http::error::bad_version) return "the request line ends with no known version";
  if (error == http::error::bad_field) return "the name of a header field is not valid";
  if (error == http::error::bad_value) return "the value of a header field is not valid";
  if (error == http::error::bad_content_length) return "the Content-Length is not valid";
  if (error == http::error::bad_transfer_encoding) return "the Transfer-Encoding is not valid";
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
    return "the body is not chunked correctly";
  }
  return "the request is not valid";
}

/// A request line in good order, but for a version that is not spoken here.
bool EndsWithOtherVersion(std::string_view line) {
  constexpr std::string_view kForm = " HTTP/x.x";
  if (line.size() <= kForm.size()) return false;
  const std::string_view end = line.substr(line.size() - kForm.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return end.starts_with(" HTTP/") && is_digit(end[6]) && end[7] == '.' && is_digit(end[8]) &&
         end != " HTTP/1.0" && end != " HTTP/1.1";
}

bool HasControlByte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

/// The line that says how long the next chunk is, or what has come of it.
std::string_view ChunkHead(std::string_view rest) {
  if (rest.starts_with("\r\n")) rest.remove_prefix(2);  // It ends the chunk before.
  return rest.substr(0, rest.find("\r\n"));
}

}  // namespace

struct RequestReader::Parser {
  explicit Parser(BodyMemory& memory) {
    // The limits of the body are known after the head.
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    parser.header_limit(std::numeric_limits<std::uint32_t>::max());
    parser.get().body().share.emplace(memory.bytes);
    parser.on_chunk_header(check_chunk);
  }

  /// The parser looks for CR LF only, and so takes a line feed in an extension for a part of it.
  /// And it looks for the end of a quoted text beyond that of the line: there are none here.
  std::function<void(std::uint64_t, boost::beast::string_view, error_code&)> check_chunk =
      [](std::uint64_t, boost::beast::string_view extensions, error_code& error) {
        const std::string_view text(extensions.data(), extensions.size());
        const bool bad = HasControlByte(text) || text.find('"') != text.npos;
        error = bad ? http::make_error_code(http::error::bad_chunk_extension) : error_code{};
      };
  http::request_parser<BoundedBody> parser;
};

RequestReader::RequestReader(HeadLimits limits, BodyMemory& memory)
    : scan_(limits), parser_(std::make_unique<Parser>(memory)) {}

RequestReader::~RequestReader() = default;

std::size_t RequestReader::Take(std::string_view bytes) {
  if (state_ == State::kHead) return TakeHead(bytes);
  if (state_ == State::kBody) return TakeBody(bytes);
  return 0;
}

std::size_t RequestReader::TakeHead(std::string_view bytes) {
  const HeadScan::Found found = scan_.Look(bytes);
  if (found == HeadScan::Found::kMore) return 0;
  if (found == HeadScan::Found::kRefused) {
    Refuse(scan_.refusal());
    return 0;
  }
  auto& parser = parser_->parser;
  error_code error;
  parser.put(boost::asio::buffer(bytes.data(), scan_.head_size()), error);
  if (error || !parser.is_header_done()) {
    Refuse(EndsWithOtherVersion(bytes.substr(0, bytes.find('\r')))
               ? FrontProblem(505, kVersionUnknown, "HTTP/1.1 is spoken here")
               : FrontProblem(400, kMalformed, ExplainError(error)));
    return 0;
  }
  ParsedHead parsed;
  const auto& message = parser.get();
  parsed.method = std::string(message.method_string());
  parsed.target = std::string(message.target());
  parsed.minor_version = static_cast<int>(message.version() % 10);
  for (const auto& field : message) {
    parsed.headers.Add(std::string(field.name_string()), std::string(field.value()));
  }
  if (auto problem = ReadRequestHead(std::move(parsed), head_)) {
    Refuse(*std::move(problem));
    return 0;
  }
  // Whoever frames the body must be of one opinion with whoever allowed it.
  const auto length = parser.content_length();
  const bool same_length =
      length ? head_.head.content_length == *length : !head_.head.content_length.has_value();
  if (parser.chunked() != head_.chunked || !same_length) {
    Refuse(FrontProblem(400, kMalformed, "the length of the body is not clear"));
    return 0;
  }
  state_ = State::kAsks;
  return scan_.head_size();
}

void RequestReader::AcceptBody(std::size_t limit) {
  CHECK(state_ == State::kAsks);
  body_limit_ = limit;
  if (!head_.head.has_body) {
    state_ = State::kWhole;
    return;
  }
  state_ = State::kBody;
  parser_->parser.get().body().limit = limit;
  parser_->parser.get().body().expected = head_.head.content_length.value_or(limit);
  parser_->parser.body_limit(limit);
  if (head_.head.content_length.value_or(0) > limit) RefuseBody();
}

std::size_t RequestReader::TakeBody(std::string_view bytes) {
  auto& parser = parser_->parser;
  std::size_t taken = 0;
  const std::size_t least = head_.chunked ? kLastChunkBytes : 1;
  while (bytes.size() - taken >= least && !parser.is_done()) {
    error_code error;
    const std::size_t size =
        parser.put(boost::asio::buffer(bytes.data() + taken, bytes.size() - taken), error);
    taken += size;
    if (error == http::error::need_more) {
      const std::string_view rest = bytes.substr(taken);
      if (head_.chunked && ChunkHead(rest).find('"') != rest.npos) {
        Refuse(FrontProblem(400, kMalformed, ExplainError(http::error::bad_chunk_extension)));
      } else if (rest.size() >= kChunkHeadBytes) {
        Refuse(
            FrontProblem(431, kHeadTooLarge, "the head of a chunk, or the trailer, is too long"));
      }
      return taken;
    }
    if (error == http::error::body_limit) {
      RefuseBody();
      return taken;
    }
    if (error) {
      Refuse(FrontProblem(400, kMalformed, ExplainError(error)));
      return taken;
    }
  }
  if (parser.is_done()) state_ = State::kWhole;
  return taken;
}

std::size_t RequestReader::body_bytes() const {
  return parser_ == nullptr ? 0 : parser_->parser.get().body().bytes.size();
}

HttpRequest RequestReader::TakeRequest() {
  CHECK(state_ == State::kWhole);
  HttpRequest request;
  request.head = std::move(head_.head);
  request.body = std::move(parser_->parser.get().body().bytes);
  return request;
}

void RequestReader::ReleaseBody() { parser_.reset(); }

void RequestReader::Refuse(Problem problem) {
  problem_ = std::move(problem);
  state_ = State::kRefused;
  ReleaseBody();
}

void RequestReader::RefuseBody() {
  if (parser_->parser.get().body().out_of_memory) {
    Refuse(
        FrontProblem(503, kBusy, "too many request bodies are arriving", "try again in a moment"));
    return;
  }
  Refuse(FrontProblem(413, kBodyTooLarge,
                      "the body may have " + std::to_string(body_limit_) + " bytes"));
}

}  // namespace gitops
