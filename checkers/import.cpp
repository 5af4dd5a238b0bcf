#include "checkers/import.h"

#include "checkers/import_formats.h"
#include "harness/error.h"

namespace clew {
namespace {

constexpr std::string_view blank = " \t\r\n,";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

void forget_refusals(std::vector<Op>& ops) {
  for (Op& op : ops)
    if (op.kind == Kind::fail && op.error == compare_failed) op.error = "failed";
}

}  // namespace

std::string_view to_string(Format format) {
  switch (format) {
    case Format::jsonl: return "jsonl";
    case Format::edn: return "edn";
    case Format::porcupine: return "porcupine";
    case Format::jepsen_log: return "jepsen-log";
  }
  return "";
}

Format format_of(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return Format::jsonl;  // Nothing, in any notation.
  text.remove_prefix(first);
  const std::string_view line = text.substr(0, text.find('\n'));
  switch (text[0]) {
    case '{': {
      const std::size_t next = text.find_first_not_of(blank, 1);
      return next != std::string_view::npos && text[next] == '"' ? Format::jsonl : Format::edn;
    }
    case '[':  // Some logs begin their lines with "[INFO]".
    case '(':
      if (!is_jepsen_log(line)) return Format::edn;
      break;
    case ';':
    case '#': return Format::edn;
    default: break;
  }
  if (is_jepsen_log(text)) return Format::jepsen_log;
  throw UsageError(
      "line 1: this is no history: neither clew's history.jsonl nor EDN nor a Jepsen console log");
}

Imported import_history(std::string& text, const ImportOptions& options) {
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  const Format format = options.format ? *options.format : format_of(text);
  if (options.independent && format != Format::edn)
    throw UsageError("--independent: only histories in EDN have [key value] tuples, and this is " +
                     std::string(to_string(format)));
  switch (format) {
    case Format::jsonl: {
      Imported imported = import_jsonl(text);
      if (options.fail_means == FailMeans::absent) forget_refusals(imported.ops);
      return imported;
    }
    case Format::edn:
    case Format::porcupine: return import_edn(text, options);
    case Format::jepsen_log:
      return import_jepsen_log(text, options.fail_means.value_or(FailMeans::observed));
  }
  return {};
}

History load_history(std::string text, FailMeans fail_means) {
  return History(import_history(text, {.fail_means = fail_means}).ops);
}

}  // namespace clew
