#include "differ/paint.h"

#include "differ/text_layout.h"
#include "engine/base/check.h"

namespace gitops {
namespace {

std::string_view CodeOf(Ink ink) {
  switch (ink) {
    case Ink::kPlain:
      return "";
    case Ink::kBold:
      return "\x1b[1m";
    case Ink::kDim:
      return "\x1b[2m";
    case Ink::kRed:
      return "\x1b[31m";
    case Ink::kGreen:
      return "\x1b[32m";
    case Ink::kYellow:
      return "\x1b[33m";
    case Ink::kMagenta:
      return "\x1b[35m";
    case Ink::kCyan:
      return "\x1b[36m";
  }
  CHECK(false);
}

}  // namespace

std::string Painter::Paint(Ink ink, std::string_view text) const {
  std::string painted;
  Add(ink, text, 0, painted);
  return painted;
}

void Painter::Add(Ink ink, std::string_view text, std::size_t width, std::string& out) const {
  const std::size_t columns = width == 0 ? 0 : DisplayWidth(text);
  const bool colored = color_ && ink != Ink::kPlain && (!text.empty() || width > 0);
  if (colored) out += CodeOf(ink);
  out += text;
  if (columns < width) out.append(width - columns, ' ');
  if (colored) out += "\x1b[0m";
}

std::string_view Painter::Sign(ActionKind kind) const {
  switch (kind) {
    case ActionKind::kCreate:
      return "+";
    case ActionKind::kUpdate:
      return "~";
    case ActionKind::kReplace:
      return unicode_ ? "±" : "-/+";
    case ActionKind::kDelete:
      return "-";
    case ActionKind::kRun:
      return ">";
  }
  CHECK(false);
}

Ink Painter::InkOf(ActionKind kind) const {
  switch (kind) {
    case ActionKind::kCreate:
      return Ink::kGreen;
    case ActionKind::kUpdate:
      return Ink::kYellow;
    case ActionKind::kReplace:
      return Ink::kMagenta;
    case ActionKind::kDelete:
      return Ink::kRed;
    case ActionKind::kRun:
      return Ink::kCyan;
  }
  CHECK(false);
}

}  // namespace gitops
