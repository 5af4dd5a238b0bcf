#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace clew {
namespace {

struct Character {
  char32_t code = 0xfffd;
  std::size_t length = 1;
};

// The character at `i`; U+FFFD of length 1 where the bytes are no UTF-8.
Character decode(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(i);
  if (first < 0x80) return {first, 1};
  std::size_t length = 0;
  char32_t code = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
    code = first & 0x1fU;
  } else if ((first & 0xf0U) == 0xe0U) {
    length = 3;
    code = first & 0x0fU;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    code = first & 0x07U;
  } else {
    return {};
  }
  if (i + length > text.size()) return {};
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xc0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i + k) & 0x3fU);
  }
  static constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, length};
}

// Characters that would act instead of being shown, or that XML forbids.
bool unfit(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0xfeff ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || (code >= 0xfff9 && code <= 0xfffb) ||
         (code & 0xfffeU) == 0xfffeU || (code >= 0xe0000 && code <= 0xe0fff);
}

constexpr std::string_view replacement = "\xef\xbf\xbd";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto i = text.find(what); i != std::string::npos; i = text.find(what, i + by.size()))
    text.replace(i, what.size(), by);
  return text;
}

}  // namespace

std::string plain(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t characters = 0;
  std::size_t last = 0;  // Where the last character begins.
  for (std::size_t i = 0; i < text.size();) {
    if (characters == limit) {
      out.resize(last);
      return out + "…";
    }
    const auto [code, length] = decode(text, i);
    last = out.size();
    if (code == '\n' || code == '\t' || code == '\r') {
      out += ' ';
    } else if (unfit(code) || code == 0xfffd) {
      out += replacement;
    } else {
      out += text.substr(i, length);
    }
    ++characters;
    i += length;
  }
  return out;
}

std::string plain_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += plain(text.substr(0, end), text.size());
    if (end == text.size()) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string call_text(std::string_view text, std::size_t limit) {
  return replaced(plain(text, limit), " -> ", " → ");
}

std::string to_ascii(std::string_view text) {
  static constexpr std::array<std::pair<char32_t, std::string_view>, 10> known{{{U'→', "->"},
                                                                                {U'×', "x"},
                                                                                {U'–', "-"},
                                                                                {U'—', "-"},
                                                                                {U'…', "..."},
                                                                                {U'≥', ">="},
                                                                                {U'≤', "<="},
                                                                                {U'✓', "OK"},
                                                                                {U'✗', "X"},
                                                                                {U'·', "-"}}};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto [code, length] = decode(text, i);
    const auto it = std::find_if(known.begin(), known.end(),
                                 [code = code](const auto& entry) { return entry.first == code; });
    if (code < 0x80) {
      out += text[i];
    } else {
      out += it == known.end() ? std::string_view("?") : it->second;
    }
    i += length;
  }
  return out;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return grouped(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

std::string decimal(double number, int places) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", places, number);
  return text.data();
}

// Never rounded up to 100 %: "all" must mean all.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "–";
  if (part == whole) return "100 %";
  if (part == 0) return "0 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (share > 99.95) return "99.9 %";
  if (share < 0.05) return "<0.1 %";
  return decimal(share, 1) + " %";
}

std::string at_second(Nanos time) {
  if (time == Nanos::max()) return "never";
  return decimal(std::chrono::duration<double>(time).count(), 3) + " s";
}

std::string latency(Nanos duration) {
  if (duration == Nanos{0} || duration == Nanos::max()) return "–";
  return format_duration(duration);
}

std::string span(Nanos from, Nanos to) {
  const auto seconds = [](Nanos t) { return decimal(std::chrono::duration<double>(t).count(), 1); };
  if (to == Nanos::max()) return "from " + seconds(from) + " s on";
  return seconds(from) + "–" + seconds(to) + " s";
}

Standing standing(const Results& results) {
  // A violation is never masked by an error.
  if (results.outcome == Outcome::invalid) return Standing::violation;
  if (results.exit_code == 255 || results.exit_code == 4) return Standing::error;
  return results.outcome == Outcome::valid ? Standing::pass : Standing::unknown;
}

std::string_view symbol(Standing standing) {
  switch (standing) {
    case Standing::pass: return "✓";
    case Standing::violation: return "✗";
    case Standing::unknown: return "?";
    case Standing::error: break;
  }
  return "!";
}

std::string verdict_words(const Results& results) {
  const Standing stands = standing(results);
  if (stands == Standing::error) return "RUN ERROR";
  if (stands == Standing::unknown) return "UNKNOWN";
  const bool linearizability =
      std::any_of(results.verdicts.begin(), results.verdicts.end(), [&](const Verdict& verdict) {
        return verdict.checker == "linearizable" && verdict.outcome == results.outcome;
      });
  if (stands == Standing::pass) return linearizability ? "LINEARIZABLE" : "VALID";
  return linearizability ? "NOT LINEARIZABLE" : "INVALID";
}

std::string job_title(const Results& results) {
  std::string title;
  for (const std::string& part : {results.system, results.system_version, results.workload}) {
    if (part.empty()) continue;
    if (!title.empty()) title += ' ';
    title += plain(part, 80);
  }
  if (!results.nemesis.empty() && results.nemesis != "none")
    title += " × " + plain(results.nemesis, 120);
  return title.empty() ? "a recorded history" : title;
}

bool has_seed(const Results& results) { return !results.system.empty() || results.seed != 0; }

std::string job_name(const Results& results) {
  std::string name;
  for (const std::string& part : {results.system, results.workload, results.nemesis}) {
    if (part.empty() || part == "none") continue;
    if (!name.empty()) name += '.';
    name += plain(part, 120);
  }
  return name.empty() ? "history" : name;
}

}  // namespace clew
