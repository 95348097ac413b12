// Redactor: the one stage that every sink (log, run log, event, error, API) passes text through.
// It replaces known secret values, also in base64, hex, percent-encoded and JSON-escaped form, and
// user and password in URLs. Immutable once built, so it may be shared by threads.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/secret.h"

namespace gitops {

class Redactor {
 public:
  Redactor() = default;

  /// Values shorter than 4 bytes are not replaced: they would tear ordinary text apart.
  explicit Redactor(const std::vector<Secret>& secrets);

  /// `text` with every known form of every secret replaced by "(secret)", and so "user:pass" in
  /// "scheme://user:pass@host"; over HTTP a user without a password is a token and hidden too.
  std::string Redact(std::string_view text) const;

  /// The longest form of any secret in bytes: how much a streaming sink must hold back.
  std::size_t longest() const { return longest_; }

 private:
  /// Length of the secret that `text` begins with; 0: with none.
  std::size_t LengthOfSecret(std::string_view text) const;

  std::vector<std::string> forms_;  ///< Longest first.
  std::bitset<256> first_bytes_;    ///< Of all forms: most bytes of a text are none of them.
  std::size_t longest_ = 0;
};

/// `text` fit for a terminal or a log line: control bytes (but newline and tab), ESC and C1 codes,
/// bidirectional overrides and invalid UTF-8 become visible escapes such as "\x1b".
std::string EscapeControl(std::string_view text);

/// The same on one line: newline and tab are escaped too.
std::string EscapeLine(std::string_view text);

}  // namespace gitops
