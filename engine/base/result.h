// Result<T>: a value or an Error. Expected failures are values; exceptions never leave the .cc file
// that includes the throwing library. The names are a subset of std::expected (C++23).
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/base/error.h"

namespace gitops {

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // Implicit, so that a function returns a value or an error as it is.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// REQUIRES: has_value().
  const T& value() const& {
    CHECK(has_value());
    return std::get<0>(state_);
  }
  T& value() & {
    CHECK(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    CHECK(has_value());
    return std::get<0>(std::move(state_));
  }

  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// REQUIRES: !has_value().
  const Error& error() const& {
    CHECK(!has_value());
    return std::get<1>(state_);
  }
  Error& error() & {
    CHECK(!has_value());
    return std::get<1>(state_);
  }
  Error&& error() && {
    CHECK(!has_value());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }

  const Error& error() const& {
    CHECK(!has_value());
    return *error_;
  }
  Error& error() & {
    CHECK(!has_value());
    return *error_;
  }
  Error&& error() && {
    CHECK(!has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace gitops

#define GITOPS_CONCAT_INNER(a, b) a##b
#define GITOPS_CONCAT(a, b) GITOPS_CONCAT_INNER(a, b)

/// Returns the error of `expression` from the enclosing function, if it has one.
#define RETURN_IF_ERROR(expression)                                        \
  do {                                                                     \
    if (auto result_of_expression = (expression); !result_of_expression) { \
      return std::move(result_of_expression).error();                      \
    }                                                                      \
  } while (false)

/// `ASSIGN_OR_RETURN(auto x, F());` declares or assigns x from a Result, or returns its error.
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(GITOPS_CONCAT(result_at_line_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                   \
  if (!result) return std::move(result).error();                \
  declaration = *std::move(result)
