#pragma once

#include <memory>
#include <vector>

#include "checkers/checker.h"
#include "harness/generator.h"
#include "harness/options.h"
#include "harness/registry.h"

namespace clew {

// What is asked of the system, and how its answers are judged.
class Workload {
 public:
  virtual ~Workload() = default;
  // The load. Ends by itself only if it has nothing more to ask.
  virtual Gen generator(std::uint64_t seed) = 0;
  // After everything is healed: reads that show what survived. May be empty.
  // Called once, after the load has ended.
  virtual Gen final_generator() = 0;
  virtual std::vector<std::unique_ptr<Checker>> checkers() const = 0;
};

using WorkloadRegistry = Registry<Workload>;

}  // namespace clew
