#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/op.h"

namespace clew {

// history.jsonl: one event a line, as design.md section 4 fixes it:
//   {"index":0,"time":1203841,"process":3,"type":"invoke","f":"write","key":"k7","value":41,"node":"n2"}
// `process` is a number or "nemesis"; `key`, `node` and `error` are left out
// when empty; `value` is always there. Times are integer nanoseconds.

// Appends one line, newline included. Allocates only when `out` grows.
void append_history_line(std::string& out, const Op& op);
// The line behind its index and time: what can be made before these are known.
void append_history_rest(std::string& out, const Op& op);

// Throws UsageError("line 7: ...") when `line` is no event of a history.
Op parse_history_line(std::string_view line, std::size_t line_number);

struct HistoryFile {
  std::vector<Op> ops{};
  // The file ended inside a line, as after kill -9; that line was left out.
  bool cut = false;
};

// Reads what is in a file. Throws UsageError naming line and mend. `text` gets
// some bytes more at its end, which the reader needs, and is else left alone.
HistoryFile parse_history(std::string& text);

// Reads a whole file. Throws UsageError naming file, line and mend.
HistoryFile read_history_file(const std::filesystem::path& path);

}  // namespace clew
