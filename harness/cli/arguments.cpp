#include "harness/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <map>
#include <set>
#include <thread>

#include "checkers/models.h"
#include "harness/atomic_file.h"
#include "harness/cli/proofs.h"
#include "harness/cli/quantities.h"
#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/system.h"
#include "reports/recovery.h"
#include "workloads/workload.h"

namespace clew {
namespace {

// What plug-ins declare, merged by name, and what was typed for each.
class PluginOptions {
 public:
  template <class Interface>
  void declare(CLI::App& command, const std::string& group) {
    for (const auto& [name, entry] : Registry<Interface>::instance().entries()) {
      for (const OptionSpec& spec : entry.options) {
        const std::string option(spec.name);
        owners_[option].insert(std::string(name));
        if (values_.contains(option)) continue;
        values_[option] = {};
        add(command, spec)->group(group);
      }
    }
  }

  // Throws UsageError if an option was given that neither of `chosen` understands.
  Options take(const std::set<std::string>& chosen) {
    Options options;
    for (auto& [name, values] : values_) {
      bool understood = false;
      for (const std::string& plugin : chosen)
        understood = understood || owners_[name].contains(plugin);
      const bool typed = given_[name]->count() > 0;
      if (typed && !understood) {
        std::string who;
        for (const std::string& owner : owners_[name]) who += (who.empty() ? "" : ", ") + owner;
        throw UsageError("--" + name + " is an option of " + who + " and means nothing here");
      }
      options.set(name, values);
    }
    return options;
  }

 private:
  CLI::Option* add(CLI::App& command, const OptionSpec& spec) {
    const std::string name(spec.name);
    const std::string flag = "--" + name;
    CLI::Option* option = nullptr;
    if (spec.kind == OptionSpec::Kind::flag) {
      option = command.add_flag_callback(
          flag, [this, name] { values_[name] = {"true"}; }, std::string(spec.help));
    } else {
      option = command.add_option(flag, values_[name], std::string(spec.help));
      option->expected(1)->allow_extra_args(false);
      if (spec.kind == OptionSpec::Kind::many) {
        option->take_all();
      } else {
        option->take_last();
      }
      if (!spec.fallback.empty()) {
        values_[name] = {std::string(spec.fallback)};
        option->default_str(std::string(spec.fallback));
      }
    }
    given_[name] = option;
    return option;
  }

  std::map<std::string, std::vector<std::string>> values_;
  std::map<std::string, std::set<std::string>> owners_;
  std::map<std::string, CLI::Option*> given_;
};

// What is typed as text and understood later, so that each has one clear error.
struct Raw {
  std::string nodes = "5", nodes_file, concurrency = "2n", time_limit = "60", rate = "400";
  std::string nemesis_interval = "5s", op_timeout = "2s", check_timeout = "600s",
              check_memory = "50%";
  std::string seed, key, colour = "auto";
};

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

// `--nodes 5` or `--nodes n1,n2,n3`, or a file with a name a line.
std::vector<std::string> parse_nodes(const Raw& raw) {
  std::vector<std::string> names;
  std::string where = "--nodes";
  if (!raw.nodes_file.empty()) {
    where = "--nodes-file " + raw.nodes_file;
    try {
      names = split(read_file(raw.nodes_file), " \t\r\n,");
    } catch (const UsageError& e) { throw UsageError("--nodes-file: " + std::string(e.what())); }
  } else if (raw.nodes.find_first_not_of("0123456789") == std::string::npos && !raw.nodes.empty()) {
    const int count = need_number<int>("--nodes", raw.nodes);
    if (count < 1 || count > 50)
      throw UsageError("--nodes: " + raw.nodes + " is not between 1 and 50");
    for (int i = 1; i <= count; ++i) names.push_back("n" + std::to_string(i));
  } else {
    names = split(raw.nodes, ",");
  }
  if (names.empty()) throw UsageError(where + ": names no node");
  if (names.size() > 50) throw UsageError(where + ": more than 50 nodes");
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != "n" + std::to_string(i + 1))
      throw UsageError(where + ": the lab's nodes are called n1, n2, ... in this order, not '" +
                       names[i] + "'; clusters on other hosts are not supported yet");
  return names;
}

void understand_check(CheckOptions& check, const Raw& raw) {
  check.timeout = need_duration("--check-timeout", raw.check_timeout);
  check.memory_bytes = parse_size("--check-memory", raw.check_memory);
}

void add_check_options(CLI::App& command, Raw& raw, unsigned& threads) {
  command.add_option("--check-timeout", raw.check_timeout, "time for judging; reached: unknown")
      ->capture_default_str();
  command
      .add_option("--check-memory", raw.check_memory,
                  "memory for judging, as 2GiB or 50%; reached: unknown")
      ->capture_default_str();
  command.add_option("--check-threads", threads, "threads for judging; 0: one a core")
      ->capture_default_str();
}

void add_voice(CLI::App& command, Voice& voice, Raw& raw) {
  command.add_flag("--json", voice.json, "stdout carries results.json instead of text");
  command.add_flag("-q,--quiet", voice.quiet, "no progress on stderr");
  command.add_option("--color", raw.colour, "auto, always or never")->capture_default_str();
}

When parse_when(const std::string& text) {
  if (text == "auto") return When::automatic;
  if (text == "always") return When::always;
  if (text == "never") return When::never;
  throw UsageError("--color: '" + text + "' is none of auto, always, never");
}

// CLI11 says "The following argument was not expected"; we say which one was meant.
UsageError explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::string words = "clew";
  if (command != &app) words += " " + command->get_name();
  const std::string help = "; see " + words + " --help";
  const std::vector<std::string> rest = command->remaining(true);
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (!extras && (command != &app || rest.empty()))
    return UsageError(std::string(error.what()) + help);
  const std::string word = rest.empty() ? "" : rest.front();
  if (word.rfind('-', 0) != 0) {
    std::vector<std::string> commands;
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
      commands.push_back(each->get_name());
    if (command == &app) return UsageError(unknown_name("command", word, commands));
    return UsageError("'" + word + "' was not expected" + help);
  }
  const std::string given = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : command->get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  const std::string guess = nearest(given, known);
  return UsageError("unknown option '" + given + "'" +
                    (guess.empty() ? help : "; did you mean '" + guess + "'?"));
}

// The words that repeat this run: everything that was typed, but for the seed and what only
// concerns the output.
std::vector<std::string> words_of(const CLI::App& command) {
  static const std::set<std::string> left_out{
      "seed",  "test-count", "store",   "name", "json",      "quiet",
      "color", "help",       "dry-run", "ci",   "on-finish", "on-finish-limit"};
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0 || option->get_lnames().empty()) continue;
    const std::string& name = option->get_lnames().front();
    if (left_out.contains(name)) continue;
    if (option->get_items_expected_max() == 0) {
      words.push_back("--" + name);
    } else {
      for (const std::string& value : option->results()) words.push_back("--" + name + "=" + value);
    }
  }
  return words;
}

CLI::App* add_test(CLI::App& app, Arguments& arguments, Raw& raw, PluginOptions& plugins) {
  TestArguments& test = arguments.test;
  CLI::App* run = app.add_subcommand(
      "test", "run a workload against a real cluster, break it, judge it, report");
  const auto text = [&](const char* name, std::string& value, const char* help) {
    return run->add_option(name, value, help)->capture_default_str();
  };
  run->add_option("system", test.system, "the system under test; see clew list systems")
      ->required();
  text("--nodes", raw.nodes, "how many nodes, or n1,n2,n3");
  text("--nodes-file", raw.nodes_file, "a file with a node's name a line");
  text("--concurrency", raw.concurrency, "clients; 2n is two for each node");
  text("--time-limit", raw.time_limit, "length of the load, as 60, 90s or 10m");
  text("-r,--rate", raw.rate, "operations a second in all; 0: as fast as answers come");
  text("-w,--workload", test.workload, "see clew list workloads");
  CLI::Option* nemesis =
      text("--nemesis", test.nemesis,
           "faults, as partition,kill:leader,packet:delay; all; swarm, a part of all; or none");
  text("--nemesis-interval", raw.nemesis_interval, "average time between faults of one kind");
  run->add_option("--schedule", test.schedule,
                  "a file with the faults, TOML; see nemesis/README.md")
      ->excludes(nemesis);
  run->add_flag("--dry-run", test.dry_run, "print the schedule of faults, start nothing");
  text("--seed", raw.seed, "drives workload, faults and jitter; drawn and printed if not given");
  run->add_option("--test-count", test.test_count, "runs, each with its own seed")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  text("--op-timeout", raw.op_timeout, "an operation without an answer by then is unknown");
  text("--data", test.data, "where nodes keep their data: tmpfs or disk")
      ->check(CLI::IsMember({"tmpfs", "disk"}));
  text("--store", test.store, "folder for the runs");
  text("--name", test.name, "of the job, a folder in the store; default SYSTEM-WORKLOAD");
  run->add_option("--gate", test.gates,
                  "the run fails (exit 3) unless: recovery<10s, outage<5s, p99<100ms, quorum")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  run->add_flag("--fail-fast", test.fail_fast,
                "end at the first violation: freeze the cluster, keep its logs and data");
  add_check_options(*run, raw, test.check.threads);
  add_telling(*run, test.telling);
  add_voice(*run, arguments.voice, raw);
  plugins.declare<System>(*run, "Options of systems");
  plugins.declare<Workload>(*run, "Options of workloads");
  return run;
}

// How to read what other programs recorded.
void add_import_options(CLI::App& command, std::string& fail_means, bool& independent) {
  command
      .add_option("--fail-means", fail_means,
                  "a failed cas is absent (never happened), or observed a refusal; default "
                  "absent in EDN, else observed")
      ->check(CLI::IsMember({"absent", "observed"}));
  command.add_flag("--independent", independent,
                   "values of EDN are the [key value] tuples of jepsen.independent");
}

CLI::App* add_check(CLI::App& app, Arguments& arguments, Raw& raw, PluginOptions& plugins) {
  CheckArguments& check = arguments.check;
  CLI::App* judge =
      app.add_subcommand("check", "judge recorded histories again, no cluster needed");
  judge->alias("analyze");
  judge
      ->add_option(
          "input", check.inputs,
          "a run's folder, latest, or a history: JSONL, EDN or a Jepsen log, gzip or not; - "
          "is standard input")
      ->required();
  judge->add_option("--store", check.store, "folder of the runs")->capture_default_str();
  CLI::Option* workload =
      judge->add_option("-w,--workload", check.workload,
                        "whose checkers judge it; default the run's own, or register");
  judge
      ->add_option("--model", check.model,
                   "judge as linearizable with respect to this model; see clew list models")
      ->excludes(workload);
  add_import_options(*judge, check.fail_means, check.independent);
  judge->add_option("--key", raw.key, "judge this key alone");
  judge->add_option("--certificate", check.certificate,
                    "write the proof of the verdict to this file; clew-verify checks it");
  judge
      ->add_option("--gate", check.gates,
                   "as of clew test; default the run's own, and none of a history")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  judge->add_option("--svg", check.svg, "draw the counterexample into this file");
  add_check_options(*judge, raw, check.check.threads);
  add_voice(*judge, arguments.voice, raw);
  plugins.declare<Workload>(*judge, "Options of workloads");
  return judge;
}

void add_convert(CLI::App& app, Arguments& arguments, Raw& raw) {
  ConvertArguments& convert = arguments.convert;
  CLI::App* command = app.add_subcommand("convert", "write a history in another format");
  command->add_option("input", convert.input, "a history, gzip or not; - is standard input")
      ->required();
  command->add_option("-o,--output", convert.output, "a file; - is standard output")
      ->capture_default_str();
  command->add_option("--from", convert.from,
                      "jsonl, edn, porcupine or jepsen-log; default: found out");
  command->add_option("--to", convert.to, "jsonl, edn or porcupine")->capture_default_str();
  add_import_options(*command, convert.fail_means, convert.independent);
  add_voice(*command, arguments.voice, raw);
}

void add_replay(CLI::App& app, Arguments& arguments) {
  ReplayArguments& replay = arguments.replay;
  CLI::App* command = app.add_subcommand(
      "replay", "run a recorded run's plan again: same seed, same schedule of faults");
  command->add_option("run", replay.run, "a run's folder, or latest")->required();
  command->add_option("--store", replay.store, "folder of the runs")->capture_default_str();
  command
      ->add_option("--test-count", replay.count,
                   "how often; of several the spread of the faults is told")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
}

void add_others(CLI::App& app, Arguments& arguments, Raw& raw) {
  CLI::App* report =
      app.add_subcommand("report", "write the reports of a run again from its results.json");
  report->add_option("run", arguments.report_run, "a run's folder, or latest")->required();
  report->add_option("--store", arguments.report_store, "folder of the runs")
      ->capture_default_str();
  add_voice(*report, arguments.voice, raw);
  CLI::App* list =
      app.add_subcommand("list", "what there is: systems, workloads, faults, models, checkers");
  list->add_option("what", arguments.list_what, "systems, workloads, faults, models or checkers")
      ->required();
  add_voice(*list, arguments.voice, raw);
  CLI::App* doctor = app.add_subcommand("doctor", "what this machine can and cannot do for clew");
  add_voice(*doctor, arguments.voice, raw);
}

void understand_test(TestArguments& test, const Raw& raw, PluginOptions& plugins,
                     const CLI::App& run) {
  test.nodes = parse_nodes(raw);
  test.concurrency = parse_concurrency(raw.concurrency, static_cast<int>(test.nodes.size()));
  test.time_limit = need_duration("--time-limit", raw.time_limit);
  test.rate = need_number<double>("--rate", raw.rate);
  if (!(test.rate >= 0 && test.rate <= 1e9))
    throw UsageError("--rate: '" + raw.rate + "' must be 0 or more");
  test.nemesis_interval = need_duration("--nemesis-interval", raw.nemesis_interval);
  test.op_timeout = need_duration("--op-timeout", raw.op_timeout);
  if (!raw.seed.empty()) test.seed = need_number<std::uint64_t>("--seed", raw.seed);
  for (const std::string& gate : test.gates) (void)parse_gate(gate);
  understand_check(test.check, raw);
  if (test.name.find('/') != std::string::npos || test.name == "." || test.name == "..")
    throw UsageError("--name: '" + test.name + "' must be a plain folder name");
  SystemRegistry::instance().find("system", test.system);
  WorkloadRegistry::instance().find("workload", test.workload);
  test.plugins = plugins.take({test.system, test.workload});
  test.given = words_of(run);
}

// False when --help or --version was asked for, and answered.
bool parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp& e) { app.exit(e); } catch (const CLI::CallForVersion& e) {
    app.exit(e);
  } catch (const CLI::ParseError& e) { throw explain(app, e); }
  return false;
}

}  // namespace

std::optional<Arguments> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  Raw raw;
  PluginOptions test_plugins;
  PluginOptions check_plugins;
  CLI::App app{
      "clew tests whether a distributed system is linearizable while its network, processes and\n"
      "machines fail.\n"
      "Exit codes: 0 valid, 1 violation, 2 unknown, 3 gate failed, 4 environment,\n"
      "130/143 interrupted, 254 bad usage, 255 internal error.",
      "clew"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "clew " CLEW_VERSION);
  const CLI::App* run = add_test(app, arguments, raw, test_plugins);
  const CLI::App* judge = add_check(app, arguments, raw, check_plugins);
  add_voice(*add_test_all(app, arguments.test_all), arguments.voice, raw);
  add_replay(app, arguments);
  add_convert(app, arguments, raw);
  add_voice(*add_export(app, arguments.exported), arguments.voice, raw);
  add_others(app, arguments, raw);
  add_serve(app, arguments.serve);
  if (!parse(app, argc, argv)) return std::nullopt;

  arguments.voice.colour = parse_when(raw.colour);
  const std::string command = app.get_subcommands().front()->get_name();
  if (command == "test") {
    arguments.command = Arguments::Command::test;
    understand_test(arguments.test, raw, test_plugins, *run);
  } else if (command == "test-all") {
    arguments.command = Arguments::Command::test_all;
  } else if (command == "replay") {
    arguments.command = Arguments::Command::replay;
  } else if (command == "check") {
    CheckArguments& check = arguments.check;
    arguments.command = Arguments::Command::check;
    if (judge->count("--key") > 0) check.key = raw.key;
    understand_check(check.check, raw);
    for (const std::string& gate : check.gates) (void)parse_gate(gate);
    check_proof_options(check);
    check.check.proofs = !check.certificate.empty();
    if (!check.workload.empty()) WorkloadRegistry::instance().find("workload", check.workload);
    if (!check.model.empty()) linearizable_by_name(check.model);
    check.plugins = check_plugins.take({check.workload.empty() ? "register" : check.workload});
  } else if (command == "export") {
    arguments.command = Arguments::Command::exporting;
  } else if (command == "convert") {
    arguments.command = Arguments::Command::convert;
  } else if (command == "report") {
    arguments.command = Arguments::Command::report;
  } else if (command == "list") {
    arguments.command = Arguments::Command::list;
  } else if (command == "serve") {
    arguments.command = Arguments::Command::serve;
  } else {
    arguments.command = Arguments::Command::doctor;
  }
  return arguments;
}

}  // namespace clew
