#pragma once

#include <vector>

#include "harness/cli/arguments.h"
#include "harness/fault_record.h"
#include "harness/store.h"
#include "harness/system.h"

namespace clew {

// One run, inside the sandbox: cluster, load and faults, history, verdict,
// reports. Returns the exit code. `argv` words and plan are in `info` already.
int test_run(const TestArguments& test, const Voice& voice, System& system, const RunDir& dir,
             const RunInfo& info, const std::vector<FaultRecord>& schedule);

}  // namespace clew
