#include "checkers/import_formats.h"
#include "harness/history_file.h"

namespace clew {

Imported import_jsonl(std::string& text) {
  HistoryFile file = parse_history(text);
  return {.format = Format::jsonl, .ops = std::move(file.ops), .cut = file.cut};
}

}  // namespace clew
