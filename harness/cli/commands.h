#pragma once

#include <string>
#include <vector>

#include "harness/cli/arguments.h"

namespace clew {

// Each runs one command to its end and returns the exit code. They throw
// UsageError, EnvironmentError and HarnessError for main to tell.
int test_command(const Arguments& arguments);
int test_all_command(const Arguments& arguments);
int replay_command(const Arguments& arguments);
int check_command(const Arguments& arguments);
int convert_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int export_command(const Arguments& arguments);
int list_command(const Arguments& arguments);
int doctor_command(const Arguments& arguments);
int manual_command(const Arguments& arguments);
int completion_command(const Arguments& arguments);

}  // namespace clew
