#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/fail_means.h"
#include "harness/history.h"

namespace clew {

// The notations a history may have:
//   jsonl       clew's own, one event a line; design.md fixes it.
//   edn         Jepsen's and Knossos' histories: a list or vector of maps, or a
//               map a line. Lines of Porcupine's key-value tests are that, too.
//   porcupine   the same on paper: only `clew convert` writes it.
//   jepsen_log  a console log ("INFO  jepsen.util - 0\t:invoke\t:read\tnil").
enum class Format : std::uint8_t { jsonl, edn, porcupine, jepsen_log };

std::string_view to_string(Format format);

struct ImportOptions {
  // Where absent: what is usual for the format. A failed cas did not happen in EDN
  // unless its :error is "compare-failed"; in the logs it is a refusal.
  std::optional<FailMeans> fail_means{};
  // Values of EDN are the tuples [key value] of jepsen.independent.
  bool independent = false;
  std::optional<Format> format{};  // Absent: found out from the text.
};

struct Imported {
  Format format = Format::jsonl;
  std::vector<Op> ops{};  // In the order of the file.
  // The text ended inside an event, which was left out.
  bool cut = false;
  // What the text said and an Op cannot hold: one sentence each.
  std::vector<std::string> lost{};
};

// Throws UsageError where the text has none of the formats.
Format format_of(std::string_view text);

// Pure: text in, events out. Throws UsageError with line, and column where lines
// are long. `text` may get some bytes more at its end.
Imported import_history(std::string& text, const ImportOptions& options);

// The same for whoever needs nothing but the history.
History load_history(std::string text, FailMeans fail_means);

}  // namespace clew
