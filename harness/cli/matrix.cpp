#include "harness/cli/matrix.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "harness/atomic_file.h"
#include "harness/cli/toml_text.h"
#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/rng.h"
#include "harness/system.h"
#include "nemesis/schedule.h"
#include "reports/fingerprint.h"
#include "workloads/workload.h"

namespace clew {
namespace {

// An option as it is typed, and where it was written.
struct Typed {
  std::vector<std::string> words{};
  const toml::node* node = nullptr;
};
using TypedOptions = std::map<std::string, Typed>;

// Options of clew test that the matrix gives itself, and what to write instead.
const std::map<std::string, std::string>& reserved() {
  static const std::map<std::string, std::string> names{
      {"workload", "it is a key of [[matrix]]"},
      {"nemesis", "it is a key of [[matrix]]"},
      {"seed", "write seeds in [[matrix]], or seed at the top"},
      {"test-count", "write seeds in [[matrix]]"},
      {"store", "it is a key at the top"},
      {"dry-run", "it is an option of test-all"},
      {"json", "it is an option of test-all"},
      {"quiet", "it is an option of test-all"},
      {"color", "it is an option of test-all"},
      {"ci", "it is an option of test-all"},
      {"progress", "it is an option of test-all"},
      {"progress-interval", "it is an option of test-all"},
      {"report-max-mb", "it is an option of test-all"},
      {"config", "write its options here"},
      {"print-config", "write its options here"},
      {"help", "it is an option of test-all"}};
  return names;
}

class MatrixReader {
 public:
  MatrixReader(std::string where, const toml::table& root)
      : where_(std::move(where)), root_(root) {}

  Matrix read(std::optional<std::uint64_t> seed, const std::optional<std::string>& store) {
    check_keys(root_, "key", {"store", "seed", "options", "matrix", "known_issue"});
    if (const toml::node* node = root_.get("store")) matrix_.store = text(*node, "store");
    if (store) matrix_.store = *store;
    matrix_.seed = seed ? *seed : base_seed();
    TypedOptions common;
    if (const toml::node* node = root_.get("options")) common = options(*node);
    for (const toml::table* entry : tables("matrix")) expand(*entry, common);
    if (matrix_.runs.empty())
      throw UsageError(where_ + ": a matrix is a list of [[matrix]], and there is none");
    if (root_.get("known_issue") != nullptr)
      for (const toml::table* entry : tables("known_issue"))
        matrix_.issues.push_back(issue(*entry));
    return std::move(matrix_);
  }

 private:
  // Where in the file, in front of what is wrong there.
  [[noreturn]] void fail(const toml::node& node, const std::string& what) const {
    throw UsageError(where_ + ":" + std::to_string(node.source().begin.line) + ": " + what);
  }

  std::string text(const toml::node& node, const std::string& key) const {
    if (const auto typed = node.value_exact<std::string>()) return *typed;
    fail(node, key + " must be a string");
  }

  std::uint64_t whole(const toml::node& node, const std::string& key) const {
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < 0) fail(node, key + " must be a whole number of 0 or more");
    return static_cast<std::uint64_t>(*number);
  }

  void check_keys(const toml::table& table, const std::string& what,
                  const std::vector<std::string>& known) const {
    for (const auto& [name, node] : table)
      if (std::find(known.begin(), known.end(), name.str()) == known.end())
        fail(node, unknown_name(what, std::string(name.str()), known));
  }

  std::vector<const toml::table*> tables(const std::string& name) const {
    const toml::node* node = root_.get(name);
    if (node == nullptr) return {};
    const toml::array* list = node->as_array();
    if (list == nullptr || !list->is_homogeneous(toml::node_type::table))
      fail(*node, name + " must be a list of tables, [[" + name + "]]");
    std::vector<const toml::table*> out;
    for (const toml::node& entry : *list) out.push_back(entry.as_table());
    return out;
  }

  std::uint64_t base_seed() const {
    if (const toml::node* node = root_.get("seed")) return whole(*node, "seed");
    std::random_device device;
    return (std::uint64_t{device()} << 32 | device()) % 1'000'000'000'000;
  }

  std::string scalar(const toml::node& node, const std::string& name) const {
    if (auto text = typed_text(node)) return *text;
    fail(node, name + " must be a string, a number, true, false, or a list of those");
  }

  TypedOptions options(const toml::node& node) const {
    const toml::table* table = node.as_table();
    if (table == nullptr) fail(node, "options must be a table as { time-limit = \"30s\" }");
    TypedOptions out;
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      if (const auto it = reserved().find(name); it != reserved().end())
        fail(value, "'" + name + "' is no option of a matrix: " + it->second);
      Typed& typed = out[name];
      typed.node = &value;
      if (const auto flag = value.value_exact<bool>()) {
        if (*flag) typed.words = {"--" + name};
      } else if (const toml::array* list = value.as_array()) {
        for (const toml::node& each : *list)
          typed.words.push_back("--" + name + "=" + scalar(each, name));
      } else {
        typed.words = {"--" + name + "=" + scalar(value, name)};
      }
    }
    return out;
  }

  // One name or several; {""} where there is none and none is needed.
  std::vector<std::string> names(const toml::table& entry, const std::string& key,
                                 bool needed) const {
    const toml::node* node = entry.get(key);
    if (node == nullptr) {
      if (needed) fail(entry, "names no " + key);
      return {""};
    }
    const toml::array* list = node->as_array();
    if (list == nullptr) return {text(*node, key)};
    std::vector<std::string> out;
    for (const toml::node& each : *list) out.push_back(text(each, key));
    if (out.empty()) fail(*node, key + " is an empty list");
    return out;
  }

  std::vector<std::uint64_t> seeds(const toml::table& entry, const std::string& plan) const {
    const toml::node* node = entry.get("seeds");
    std::vector<std::uint64_t> out;
    if (node != nullptr && node->as_array() != nullptr) {
      for (const toml::node& each : *node->as_array()) out.push_back(whole(each, "seeds"));
      if (out.empty()) fail(*node, "seeds is an empty list");
      return out;
    }
    const std::uint64_t count = node == nullptr ? 1 : whole(*node, "seeds");
    if (count < 1 || count > 100'000) fail(*node, "seeds must be between 1 and 100000");
    // Of the plan's own words: other plans may come and go.
    Rng rng = Rng::stream(matrix_.seed, plan);
    for (std::uint64_t i = 0; i < count; ++i) out.push_back(rng.next() % 1'000'000'000'000);
    return out;
  }

  void expand(const toml::table& entry, const TypedOptions& common) {
    check_keys(entry, "key of [[matrix]]", {"system", "workload", "nemesis", "seeds", "options"});
    TypedOptions all = common;
    TypedOptions own;
    if (const toml::node* node = entry.get("options")) own = options(*node);
    for (const auto& [name, typed] : own) all[name] = typed;
    std::string extras;
    for (const auto& [name, typed] : own)
      for (const std::string& word : typed.words) extras += " " + word;
    for (const std::string& system : names(entry, "system", true))
      for (const std::string& workload : names(entry, "workload", true))
        for (const std::string& nemesis : names(entry, "nemesis", false)) {
          std::string title = system + " " + workload;
          if (!nemesis.empty()) title += " × " + nemesis;
          plan(entry, {"clew", "test", system, "--workload=" + workload}, nemesis, all, title,
               extras);
        }
  }

  // The runs of one plan, one a seed.
  void plan(const toml::table& entry, std::vector<std::string> words, const std::string& nemesis,
            const TypedOptions& all, const std::string& base, const std::string& variant) {
    const std::string title = base + variant;
    if (!nemesis.empty()) words.push_back("--nemesis=" + nemesis);
    std::string typed_words;
    for (const auto& [name, typed] : all) {
      words.insert(words.end(), typed.words.begin(), typed.words.end());
      for (const std::string& word : typed.words) typed_words += " " + word;
    }
    if (!planned_.insert(title + "\n" + typed_words).second)
      fail(entry, "the plan '" + title + "' is there already; give it more seeds instead");
    const std::vector<std::uint64_t> drawn = seeds(entry, title + typed_words);
    Arguments understood = understand(entry, words, all, nemesis);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      PlannedRun run{.number = matrix_.runs.size() + 1,
                     .repetition = static_cast<int>(i) + 1,
                     .of_plan = drawn.size(),
                     .title = title,
                     .variant = variant,
                     .seed = drawn[i],
                     .words = words,
                     .arguments = understood};
      run.words.push_back("--seed=" + std::to_string(run.seed));
      run.words.push_back("--store=" + matrix_.store);
      run.arguments.test.seed = run.seed;
      run.arguments.test.store = matrix_.store;
      matrix_.runs.push_back(std::move(run));
    }
  }

  Arguments understand(const toml::table& entry, const std::vector<std::string>& words,
                       const TypedOptions& all, const std::string& nemesis) const try {
    std::vector<const char*> pointers;
    for (const std::string& word : words) pointers.push_back(word.c_str());
    pointers.push_back("--config=none");  // The matrix says all of it.
    auto understood = parse_arguments(static_cast<int>(pointers.size()), pointers.data());
    if (!understood) throw UsageError("--help is no part of a matrix");
    const TestArguments& test = understood->test;
    if (test.schedule.empty()) (void)parse_nemesis(test.nemesis, test.nodes);
    (void)WorkloadRegistry::instance().find("workload", test.workload).make(test.plugins);
    (void)SystemRegistry::instance().find("system", test.system).make(test.plugins);
    return *understood;
  } catch (const UsageError& e) {
    const std::string what = e.what();
    // The line of the option that it is about, or else that of the plan.
    for (const auto& [name, typed] : all)
      if (what.find("--" + name) != std::string::npos) fail(*typed.node, what);
    const toml::node* about = entry.get("nemesis");
    fail(about != nullptr && !nemesis.empty() && what.find("fault") != std::string::npos ? *about
                                                                                         : entry,
         what);
  }

  KnownIssue issue(const toml::table& entry) const {
    check_keys(entry, "key of [[known_issue]]", {"fingerprint", "reason", "owner", "expires"});
    KnownIssue out;
    for (const auto& [key, to] :
         {std::pair{"fingerprint", &out.fingerprint}, std::pair{"reason", &out.reason}}) {
      const toml::node* node = entry.get(key);
      if (node == nullptr) fail(entry, std::string("a known issue must have a ") + key);
      *to = text(*node, key);
      if (to->empty()) fail(*node, std::string(key) + " is empty");
    }
    if (const toml::node* owner = entry.get("owner"))
      out.reason += " (" + text(*owner, "owner") + ")";
    const toml::node* node = entry.get("expires");
    if (node == nullptr) fail(entry, "a known issue must have a day on which it expires");
    const auto day = node->value_exact<toml::date>();
    if (!day) fail(*node, "expires must be a day as 2026-12-31, without quotes");
    std::array<char, 40> digits{};
    std::snprintf(digits.data(), digits.size(), "%04d-%02d-%02d", int{day->year}, int{day->month},
                  int{day->day});
    out.expires = digits.data();
    return out;
  }

  std::string where_;
  const toml::table& root_;
  Matrix matrix_;
  std::set<std::string> planned_;
};

struct Shard {
  std::size_t index = 0, count = 0;
};

Shard parse_shard(const std::string& text) {
  Shard shard;
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto number = [&](std::size_t from, std::size_t to, std::size_t& out) {
    const auto [end, error] = std::from_chars(text.data() + from, text.data() + to, out);
    return error == std::errc{} && end == text.data() + to && from < to;
  };
  if (slash == text.size() || !number(0, slash, shard.index) ||
      !number(slash + 1, text.size(), shard.count) || shard.index < 1 || shard.index > shard.count)
    throw UsageError("--shard: '" + text + "' is no shard; write 2/5 for the second of five");
  return shard;
}

}  // namespace

Matrix read_matrix(const std::filesystem::path& file, std::optional<std::uint64_t> seed,
                   const std::optional<std::string>& store) {
  try {
    const toml::table root = toml::parse(read_file(file), file.string());
    return MatrixReader(file.string(), root).read(seed, store);
  } catch (const toml::parse_error& e) { throw UsageError(describe(file.string(), e)); }
}

std::vector<PlannedRun> shard_of(std::vector<PlannedRun> runs, const std::string& text) {
  if (text.empty()) return runs;
  const Shard shard = parse_shard(text);
  if (shard.count > runs.size())
    throw UsageError("--shard: there are " + std::to_string(runs.size()) + " runs, too few for " +
                     std::to_string(shard.count) + " shards");
  // The longest first, each to the shard that has least: at most one run apart.
  const auto length = [&](std::size_t i) {
    return runs[i].arguments.test.time_limit + Nanos(std::chrono::seconds(5));
  };
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return length(a) > length(b); });
  std::vector<Nanos> loads(shard.count);
  std::vector<std::size_t> mine;
  for (const std::size_t i : order) {
    const auto least = std::min_element(loads.begin(), loads.end());
    *least += length(i);
    if (least - loads.begin() == static_cast<std::ptrdiff_t>(shard.index - 1)) mine.push_back(i);
  }
  std::sort(mine.begin(), mine.end());
  std::vector<PlannedRun> out;
  for (const std::size_t i : mine) out.push_back(std::move(runs[i]));
  return out;
}

const KnownIssue* issue_of(const std::vector<KnownIssue>& issues, std::string_view fingerprint,
                           std::string_view today) {
  const KnownIssue* expired = nullptr;
  for (const KnownIssue& issue : issues) {
    if (!fits(issue.fingerprint, fingerprint)) continue;
    if (std::string_view(issue.expires) >= today) return &issue;
    if (expired == nullptr) expired = &issue;
  }
  return expired;
}

}  // namespace clew
