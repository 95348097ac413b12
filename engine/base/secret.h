// Secret: a value that must not be shown. It has no printer, no JSON and no comparison with text;
// whoever needs the bytes asks for them by a name that is easy to search for.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gitops {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret();  ///< Overwrites the bytes.

  bool empty() const { return value_.empty(); }

  /// The bytes, for handing them to a child process, a request or a digest. Never for a message.
  std::string_view Reveal() const { return value_; }

 private:
  std::string value_;
};

/// What every view shows instead of a secret.
inline constexpr std::string_view kSecretPlaceholder = "(secret)";

}  // namespace gitops
