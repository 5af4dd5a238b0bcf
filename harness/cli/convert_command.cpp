#include <cerrno>
#include <cstdio>

#include "checkers/export.h"
#include "checkers/import.h"
#include "harness/atomic_file.h"
#include "harness/cli/commands.h"
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

void write(const std::string& output, const std::string& text) {
  if (output != "-") return write_file_atomically(output, text);
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0)
    throw EnvironmentError(errno_text("write(standard output)", errno));
}

}  // namespace

int convert_command(const Arguments& arguments) {
  const ConvertArguments& convert = arguments.convert;
  const Format to =
      format_named("--to", convert.to, {Format::jsonl, Format::edn, Format::porcupine});
  const ImportOptions options = options_of(convert);
  const std::string name = convert.input == "-" ? std::string(standard_input) : convert.input;
  std::string text = read_input(convert.input);
  std::string lost;
  const auto tell = [&](const std::vector<std::string>& sentences) {
    for (const std::string& sentence : sentences) lost += (lost.empty() ? "" : "; ") + sentence;
  };
  Exported exported;
  try {
    const Imported imported = import_history(text, options);
    tell(imported.lost);
    if (imported.cut) tell({"the last event, which the file ends inside of"});
    exported = export_history(imported.ops, to);
  } catch (const UsageError& e) { throw UsageError(name + ": " + e.what()); }
  tell(exported.lost);
  write(convert.output, exported.text);
  if (!lost.empty() && !arguments.voice.quiet)
    std::fprintf(stderr, "clew: %s: not carried over: %s\n", name.c_str(), lost.c_str());
  return 0;
}

}  // namespace clew
