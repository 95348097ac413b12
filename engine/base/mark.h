// REACHED("what happened here"): marks a branch that hardly ever runs, such as a decision after a
// crash. Tests that are to reach it collect marks on their own thread; in the product nobody does,
// and a mark costs one load of a thread's own null pointer on a path that is rare anyway.
// Nothing is shared between threads, so tests cannot disturb each other.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gitops {

/// Counts the marks that its thread reaches while it lives. Collectors of one thread nest: the
/// newest gets the marks.
class MarkCollector {
 public:
  MarkCollector();
  ~MarkCollector();
  MarkCollector(const MarkCollector&) = delete;
  MarkCollector& operator=(const MarkCollector&) = delete;

  /// How often each mark was reached, by name.
  const std::map<std::string, long, std::less<>>& hits() const { return hits_; }

 private:
  friend void ReachMark(std::string_view name);

  std::map<std::string, long, std::less<>> hits_;
  MarkCollector* outer_;
};

/// Tells the collector of this thread, if there is one.
void ReachMark(std::string_view name);

}  // namespace gitops

/// `name` is a literal, unique in the product: the simulator reads it from the source.
#define REACHED(name) ::gitops::ReachMark(name)
