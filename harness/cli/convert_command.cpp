#include "checkers/export.h"
#include "checkers/import.h"
#include "harness/cli/commands.h"
#include "harness/cli/output.h"
#include "harness/error.h"
#include "harness/input.h"
#include "harness/nearest.h"

namespace clew {
namespace {

Format format_named(const char* option, const std::string& name,
                    const std::vector<Format>& formats) {
  std::vector<std::string> known;
  for (const Format format : formats) {
    if (to_string(format) == name) return format;
    known.emplace_back(to_string(format));
  }
  throw UsageError(std::string(option) + ": " + unknown_name("format", name, known));
}

ImportOptions options_of(const ConvertArguments& convert) {
  ImportOptions options{.independent = convert.independent};
  if (!convert.fail_means.empty())
    options.fail_means = convert.fail_means == "absent" ? FailMeans::absent : FailMeans::observed;
  if (!convert.from.empty())
    options.format =
        format_named("--from", convert.from,
                     {Format::jsonl, Format::edn, Format::porcupine, Format::jepsen_log});
  return options;
}

}  // namespace

int convert_command(const Arguments& arguments) {
  const ConvertArguments& convert = arguments.convert;
  const Format to =
      format_named("--to", convert.to, {Format::jsonl, Format::edn, Format::porcupine});
  const ImportOptions options = options_of(convert);
  const std::string name = convert.input == "-" ? std::string(standard_input) : convert.input;
  std::string text = read_input(convert.input);
  std::vector<std::string> lost;
  Exported exported;
  try {
    Imported imported = import_history(text, options);
    lost = std::move(imported.lost);
    if (imported.cut) lost.emplace_back(lost_by_cut);
    exported = export_history(imported.ops, to);
  } catch (const UsageError& e) { throw UsageError(name + ": " + e.what()); }
  lost.insert(lost.end(), exported.lost.begin(), exported.lost.end());
  write_output(convert.output, exported.text);
  tell_lost(name, lost, arguments.voice);
  return 0;
}

}  // namespace clew
