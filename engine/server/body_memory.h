// BodyMemory: how many bytes all request bodies together may hold while they arrive, and how many
// of them may be arriving. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace gitops {

/// A number that several threads take from and give back to.
class Allowance {
 public:
  explicit Allowance(std::int64_t amount) : left_(amount) {}

  bool Take(std::int64_t amount) {
    if (left_.fetch_sub(amount) >= amount) return true;
    left_.fetch_add(amount);
    return false;
  }
  void GiveBack(std::int64_t amount) { left_.fetch_add(amount); }
  std::int64_t left() const { return left_.load(); }

 private:
  std::atomic<std::int64_t> left_;
};

/// What one holder has taken; given back when it goes.
class Share {
 public:
  explicit Share(Allowance& allowance) : allowance_(&allowance) {}
  Share(Share&& other) noexcept
      : allowance_(other.allowance_), taken_(std::exchange(other.taken_, 0)) {}
  Share& operator=(Share&&) = delete;
  ~Share() { allowance_->GiveBack(taken_); }

  bool Take(std::int64_t amount) {
    if (!allowance_->Take(amount)) return false;
    taken_ += amount;
    return true;
  }
  std::int64_t taken() const { return taken_; }

 private:
  Allowance* allowance_;
  std::int64_t taken_ = 0;
};

struct BodyMemory {
  BodyMemory(std::int64_t all_bytes, std::int64_t all_bodies)
      : bytes(all_bytes), bodies(all_bodies) {}

  Allowance bytes;
  Allowance bodies;  ///< Those that have not come whole with their head.
};

}  // namespace gitops
