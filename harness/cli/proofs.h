#pragma once

#include <filesystem>
#include <string>

#include "checkers/certificate.h"
#include "harness/cli/arguments.h"
#include "harness/history.h"
#include "reports/results.h"

namespace clew {

// Throws UsageError if --certificate or --svg is asked for together with what it cannot mean:
// several inputs, or a part of one.
void check_proof_options(const CheckArguments& check);

// What a certificate of `history`, which was read from `text`, points at. Throws UsageError
// unless the file is in clew's own format, with an index of its own for each event.
HistoryReference refer_to(const std::filesystem::path& file, const std::string& text,
                          const History& history);

// Writes what --certificate and --svg ask for. Returns the exit code: a file that cannot be
// written is told on stderr and costs 4, but hides no violation.
int save_proofs(const CheckArguments& check, const Voice& voice, const Results& results,
                const std::filesystem::path& file, const HistoryReference& reference);

}  // namespace clew
