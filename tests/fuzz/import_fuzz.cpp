// Bytes of a stranger, given to one importer: they become events or a UsageError of one line.
// Events are written as EDN and JSONL and read again, and must not have changed.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "checkers/export.h"
#include "checkers/import.h"
#include "harness/error.h"
#include "harness/input.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

[[maybe_unused]] void import(std::string text, clew::Format format) {
  using clew::Format;
  try {
    const clew::Imported imported = clew::import_history(text, {.format = format});
    const std::string json = clew::export_history(imported.ops, Format::jsonl).text;
    std::string again = json;
    const auto events = clew::import_history(again, {.format = Format::jsonl}).ops;
    must(clew::export_history(events, Format::jsonl).text == json);
    std::string edn = clew::export_history(events, Format::edn).text;
    const auto back = clew::import_history(edn, {.format = Format::edn}).ops;
    must(back.size() == events.size());
    must(clew::export_history(back, Format::edn).text == edn);
    const clew::History history(imported.ops);
  } catch (const clew::UsageError& e) { must(e.what()[0] != 0); }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
#if defined(CLEW_FUZZ_JSONL)
  import(std::move(text), clew::Format::jsonl);
#elif defined(CLEW_FUZZ_EDN)
  import(std::move(text), clew::Format::edn);
#elif defined(CLEW_FUZZ_LOG)
  import(std::move(text), clew::Format::jepsen_log);
#else
  try {
    clew::gunzip(text);
  } catch (const clew::UsageError& e) { must(e.what()[0] != 0); }
#endif
  return 0;
}
