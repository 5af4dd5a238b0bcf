#!/bin/sh
# Writes the golden files anew from what clew says today. Look at `git diff` before you commit.
# usage: tests/golden/approve.sh [BUILD FOLDER]
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/dev}
cmake --build "$build" --target clew_reports_tests
CLEW_APPROVE=1 "$build/tests/reports/clew_reports_tests" --gtest_filter='*LooksAsApproved*' --gtest_brief=1
git --no-pager diff --stat -- tests/golden
