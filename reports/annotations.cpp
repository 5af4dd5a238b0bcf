#include "reports/annotations.h"

#include "reports/wording.h"

namespace clew {
namespace {

// What the runner turns back: a property also ends at a colon or a comma.
std::string percent_escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string github_command(std::string_view kind, std::string_view title,
                           std::string_view message) {
  return "::" + std::string(kind) + " title=" + percent_escaped(plain(title, 200), true) +
         "::" + percent_escaped(plain_lines(message), false) + "\n";
}

std::string github_annotation(const Results& results) {
  if (results.outcome == Outcome::valid && results.exit_code == 0) return "";
  const Standing stands = standing(results);
  const std::string words = results.exit_code == 3 ? "GATE FAILED" : verdict_words(results);
  std::string message = plain(results.sentence, 1500);
  if (!results.repeat_command.empty()) message += "\nrepeat: " + plain(results.repeat_command, 500);
  return github_command(stands == Standing::unknown ? "warning" : "error",
                        "clew: " + words + ": " + job_title(results), message);
}

}  // namespace clew
