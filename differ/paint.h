// Painter: colours and signs of the text views, or their absence. Pure.
#pragma once

#include <string>
#include <string_view>

#include "differ/render.h"
#include "engine/model/plan.h"

namespace gitops {

enum class Ink { kPlain, kBold, kDim, kRed, kGreen, kYellow, kMagenta, kCyan };

class Painter {
 public:
  explicit Painter(const RenderOptions& options)
      : color_(options.color), unicode_(options.unicode) {}

  /// `text` in that colour. REQUIRES: `text` is escaped already.
  std::string Paint(Ink ink, std::string_view text) const;
  /// Adds to `out` what Paint() gives for `text` and spaces behind it up to `width` columns.
  void Add(Ink ink, std::string_view text, std::size_t width, std::string& out) const;

  /// "+", "~", "±", "-", ">": what an action does to its step.
  std::string_view Sign(ActionKind kind) const;
  Ink InkOf(ActionKind kind) const;

  std::string_view Arrow() const { return unicode_ ? " → " : " -> "; }
  std::string_view Ellipsis() const { return unicode_ ? "…" : "..."; }
  std::string_view LogMark() const { return unicode_ ? "│ " : "| "; }

 private:
  bool color_;
  bool unicode_;
};

}  // namespace gitops
