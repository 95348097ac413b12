// NoLog: takes the lines of a driver that only looks. Stateless.
#pragma once

#include "engine/drivers/driver.h"

namespace gitops {

class NoLog : public StepLog {
 public:
  void Write(std::string_view /*bytes*/) override {}
  void Note(std::string_view /*line*/) override {}
};

}  // namespace gitops
