#include "harness/cli/quantities.h"

#include <unistd.h>

#include <charconv>
#include <map>

#include "harness/atomic_file.h"
#include "harness/error.h"

namespace clew {
namespace {

std::size_t memory_of_machine() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::size_t{4} << 30;
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
}

template <class Number>
Number need_number(const std::string& option, const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    throw UsageError(option + ": '" + text + "' is no number that fits");
  return number;
}

std::vector<std::string> split(const std::string& text, const char* separators) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

Nanos need_duration(const std::string& option, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration || *duration <= Nanos{0})
    throw UsageError(option + ": '" + text +
                     "' is no duration above 0; write 30, 30s, 250ms or 10m");
  return *duration;
}

double need_rate(const std::string& option, const std::string& text) {
  const auto number = need_number<double>(option, text);
  if (!(number >= 0 && number <= 1e9))
    throw UsageError(option + ": '" + text + "' must be 0 or more");
  return number;
}

std::uint64_t need_seed(const std::string& option, const std::string& text) {
  return need_number<std::uint64_t>(option, text);
}

std::vector<std::string> parse_nodes(const std::string& text, const std::string& file) {
  std::vector<std::string> names;
  std::string where = "--nodes";
  if (!file.empty()) {
    where = "--nodes-file " + file;
    try {
      names = split(read_file(file), " \t\r\n,");
    } catch (const UsageError& e) { throw UsageError("--nodes-file: " + std::string(e.what())); }
  } else if (text.find_first_not_of("0123456789") == std::string::npos && !text.empty()) {
    const int count = need_number<int>("--nodes", text);
    if (count < 1 || count > 50) throw UsageError("--nodes: " + text + " is not between 1 and 50");
    for (int i = 1; i <= count; ++i) names.push_back("n" + std::to_string(i));
  } else {
    names = split(text, ",");
  }
  if (names.empty()) throw UsageError(where + ": names no node");
  if (names.size() > 50) throw UsageError(where + ": more than 50 nodes");
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != "n" + std::to_string(i + 1))
      throw UsageError(where + ": the lab's nodes are called n1, n2, ... in this order, not '" +
                       names[i] + "'; clusters on other hosts are not supported yet");
  return names;
}

int parse_concurrency(const std::string& text, int nodes) {
  const bool times_nodes = !text.empty() && text.back() == 'n';
  const std::string digits = times_nodes ? text.substr(0, text.size() - 1) : text;
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 1 || number > 1000)
    throw UsageError("--concurrency: '" + text +
                     "' is neither a number nor a multiple of the nodes, as 10 or 2n");
  const int workers = times_nodes ? number * nodes : number;
  if (workers > 1000)
    throw UsageError("--concurrency: " + std::to_string(workers) + " is more than 1000");
  return workers;
}

std::size_t parse_size(const std::string& option, const std::string& text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  static const std::map<std::string, double> units{{"", 1},
                                                   {"B", 1},
                                                   {"K", 1024.0},
                                                   {"KB", 1e3},
                                                   {"KiB", 1024.0},
                                                   {"M", 1048576.0},
                                                   {"MB", 1e6},
                                                   {"MiB", 1048576.0},
                                                   {"G", 1073741824.0},
                                                   {"GB", 1e9},
                                                   {"GiB", 1073741824.0}};
  const std::string unit(rest, text.data() + text.size());
  const bool percent = unit == "%";
  if (error != std::errc{} || !(number > 0) || (!percent && !units.contains(unit)) ||
      (percent && number > 100))
    throw UsageError(option + ": '" + text + "' is no size; write 2GiB, 500MB or 50%");
  const double bytes =
      percent ? number / 100 * static_cast<double>(memory_of_machine()) : number * units.at(unit);
  if (bytes > 1e15) throw UsageError(option + ": '" + text + "' is more than any machine has");
  return static_cast<std::size_t>(bytes);
}

}  // namespace clew
