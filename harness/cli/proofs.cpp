#include "harness/cli/proofs.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "harness/atomic_file.h"
#include "harness/cli/judge.h"
#include "harness/cli/shell.h"
#include "harness/error.h"
#include "harness/history_file.h"
#include "reports/html.h"
#include "reports/story.h"

namespace clew {
namespace {

void save_certificate(const CheckArguments& check, const Voice& voice, const Results& results,
                      const std::filesystem::path& file, const HistoryReference& reference) {
  const auto verdict = std::find_if(results.verdicts.begin(), results.verdicts.end(),
                                    [](const Verdict& v) { return !v.proofs.empty(); });
  if (verdict == results.verdicts.end()) {
    std::fprintf(stderr, "clew: --certificate: no checker judged a key, so there is no proof\n");
    return;
  }
  const bool absent = check.fail_means == "absent";
  write_file_atomically(
      check.certificate,
      certificate_json(*verdict, reference, absent ? FailMeans::absent : FailMeans::observed));
  if (voice.json) return;
  // It lies beside this program.
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string verifier = (self.parent_path() / "clew-verify").string();
  std::printf("verify  %s\n", shell_command({verifier, file.string(), check.certificate}).c_str());
}

void save_drawing(const CheckArguments& check, const Results& results) {
  const auto shown = counterexamples(results);
  if (shown.empty()) {
    std::fprintf(stderr, "clew: --svg: there is no counterexample to draw\n");
    return;
  }
  Markup page;
  svg_counterexample(page, results, *shown.front(), "counterexample");
  write_file_atomically(check.svg, page.take());
}

}  // namespace

void check_proof_options(const CheckArguments& check) {
  if (check.inputs.size() > 1 && !(check.certificate.empty() && check.svg.empty()))
    throw UsageError((check.certificate.empty() ? std::string("--svg") : "--certificate") +
                     ": give one history, not " + std::to_string(check.inputs.size()));
  if (check.key && !check.certificate.empty())
    throw UsageError("--certificate: certifies a whole history; leave --key out");
}

HistoryReference refer_to(const std::filesystem::path& file, const std::string& text,
                          const History& history) {
  HistoryReference reference{file.filename().string(), history.ops().size(), fnv1a64(text)};
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return reference;
  try {
    parse_history_line(std::string_view(text).substr(first, text.find('\n', first) - first), 1);
  } catch (const UsageError&) {
    throw UsageError("--certificate: " + file.string() +
                     " is not in clew's own format; convert it first: clew convert " +
                     file.string());
  }
  std::vector<std::int64_t> indexes;
  for (const Op& op : history.ops())
    if (op.process >= 0 && op.kind == Kind::invoke) indexes.push_back(op.index);
  std::sort(indexes.begin(), indexes.end());
  const auto twice = std::adjacent_find(indexes.begin(), indexes.end());
  if (twice != indexes.end())
    throw UsageError("--certificate: two events of " + file.string() + " have the index " +
                     std::to_string(*twice) + "; number them 0, 1, 2 ...");
  return reference;
}

int save_proofs(const CheckArguments& check, const Voice& voice, const Results& results,
                const std::filesystem::path& file, const HistoryReference& reference) {
  try {
    if (!check.certificate.empty()) save_certificate(check, voice, results, file, reference);
    if (!check.svg.empty()) save_drawing(check, results);
  } catch (const EnvironmentError& e) {
    std::fflush(stdout);
    std::fprintf(stderr, "clew: %s; the verdict stands\n", e.what());
    return worse_exit_code(results.exit_code, 4);
  }
  return results.exit_code;
}

}  // namespace clew
