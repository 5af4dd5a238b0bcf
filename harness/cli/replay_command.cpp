#include <algorithm>
#include <cstdio>
#include <map>

#include "harness/atomic_file.h"
#include "harness/cli/commands.h"
#include "harness/cli/test_command.h"
#include "harness/error.h"
#include "harness/store.h"
#include "nemesis/journal.h"

namespace clew {
namespace {

// What one fault did in each of the runs.
struct Spread {
  std::size_t verified = 0;
  std::map<std::string, std::size_t> roles{};  // "leader", "leader and 1 follower" -> runs
  std::map<std::string, std::size_t> causes{};
  std::vector<Nanos> applied{}, took{};  // Since the start; since it was due.
};

// Who was hit, by what they were then, so that runs with other leaders compare.
std::string roles_of(const FaultRecord& fault) {
  const std::vector<std::string> nodes = nodes_hit(fault.hit);
  if (fault.leader.empty() || nodes.empty()) return std::to_string(nodes.size()) + " nodes";
  const bool leader = std::find(nodes.begin(), nodes.end(), fault.leader) != nodes.end();
  const std::size_t others = nodes.size() - (leader ? 1 : 0);
  std::string text = leader ? "leader" : "";
  if (others > 0)
    text += (leader ? " and " : "") + std::to_string(others) +
            (others == 1 ? " follower" : " followers");
  return text;
}

// Events of different runs compare without what is the run's own: keys and nodes.
std::string cause_of(const FaultRecord& fault) {
  return fault.on.event.empty() ? "the clock" : fault.on.event;
}

Nanos middle(std::vector<Nanos> times) {
  std::sort(times.begin(), times.end());
  return times.empty() ? Nanos{0} : times[times.size() / 2];
}

std::string counts_text(const std::map<std::string, std::size_t>& counts) {
  std::string text;
  for (const auto& [what, count] : counts)
    text += (text.empty() ? "" : ", ") + what + " x" + std::to_string(count);
  return text.empty() ? "-" : text;
}

struct Schedule {
  std::vector<std::string> order{};  // Of the faults' ids.
  std::map<std::string, Spread> spreads{};
};

Schedule spread_of(const std::vector<FinishedRun>& runs) {
  Schedule out;
  for (const FinishedRun& run : runs) {
    const auto journal = run.folder / "schedule.jsonl";
    if (!std::filesystem::exists(journal)) continue;  // The cluster did not start.
    for (const FaultRecord& fault : read_journal(journal)) {
      const auto [it, fresh] = out.spreads.try_emplace(fault.id);
      if (fresh) out.order.push_back(fault.id);
      if (fault.applied == never) continue;
      Spread& spread = it->second;
      spread.verified += fault.verified ? 1 : 0;
      ++spread.roles[roles_of(fault)];
      ++spread.causes[cause_of(fault)];
      spread.applied.push_back(fault.applied);
      spread.took.push_back(fault.applied - fault.due);
    }
  }
  return out;
}

Value counts_value(const std::map<std::string, std::size_t>& counts) {
  Value::Object object;
  for (const auto& [what, count] : counts)
    object.emplace_back(what, static_cast<std::int64_t>(count));
  return Value::object(std::move(object));
}

// One line, behind the results of the runs: {"schema":"clew.replay/1","runs":3,"faults":[...]}
void print_spread_json(const Schedule& schedule, std::size_t runs) {
  Value::List faults;
  for (const std::string& id : schedule.order) {
    const Spread& spread = schedule.spreads.at(id);
    Value::List applied, took;
    for (const Nanos time : spread.applied) applied.emplace_back(time.count());
    for (const Nanos time : spread.took) took.emplace_back(time.count());
    faults.push_back(Value::object({{"id", id},
                                    {"proven", static_cast<std::int64_t>(spread.verified)},
                                    {"hit", counts_value(spread.roles)},
                                    {"set_off_by", counts_value(spread.causes)},
                                    {"applied_ns", std::move(applied)},
                                    {"late_by_ns", std::move(took)}}));
  }
  std::printf("%s\n", to_json(Value::object({{"schema", "clew.replay/1"},
                                             {"runs", static_cast<std::int64_t>(runs)},
                                             {"faults", std::move(faults)}}))
                          .c_str());
}

void print_spread(const Schedule& schedule, std::size_t runs, bool json) {
  if (json) return print_spread_json(schedule, runs);
  std::printf("\nHow %zu runs of the same schedule agree\n", runs);
  for (const std::string& id : schedule.order) {
    const Spread& spread = schedule.spreads.at(id);
    std::printf("  %-16s applied %zu, proven %zu; hit: %s; set off by: %s\n", id.c_str(),
                spread.applied.size(), spread.verified, counts_text(spread.roles).c_str(),
                counts_text(spread.causes).c_str());
    if (spread.applied.empty()) continue;
    const auto [first, last] = std::minmax_element(spread.applied.begin(), spread.applied.end());
    std::printf("  %-16s at %s to %s, %s to %s after it was due\n", "",
                format_duration(*first).c_str(), format_duration(*last).c_str(),
                format_duration(middle(spread.took)).c_str(),
                format_duration(*std::max_element(spread.took.begin(), spread.took.end())).c_str());
  }
}

}  // namespace

int replay_command(const Arguments& arguments) {
  const ReplayArguments& replay = arguments.replay;
  const RunDir run = RunDir::open(replay.store, replay.run);
  const RunInfo info = run_info_from_json(read_file(run.file("run.json")));
  std::vector<const char*> words;
  for (const std::string& word : info.argv) words.push_back(word.c_str());
  words.push_back("--config=none");  // The run's own options are in its words.
  auto again = parse_arguments(static_cast<int>(words.size()), words.data());
  if (!again || again->command != Arguments::Command::test)
    throw UsageError(run.path().string() + ": was not recorded by clew test");
  again->test.seed = info.seed;
  again->test.same_seed = true;
  again->test.test_count = replay.count;
  again->test.telling.on_finish.clear();  // Nobody waits for the news of a replay.
  again->test.store = replay.store;
  again->voice = arguments.voice;
  // Of a run without faults there is none.
  if (std::filesystem::exists(run.file("schedule.toml")))
    again->test.schedule = std::filesystem::absolute(run.file("schedule.toml")).string();
  const std::vector<FinishedRun> runs = run_tests(*again, info.argv);
  if (runs.size() > 1) print_spread(spread_of(runs), runs.size(), arguments.voice.json);
  return worst_exit_code(runs);
}

}  // namespace clew
