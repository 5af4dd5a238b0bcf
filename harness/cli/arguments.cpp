#include "harness/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <set>

#include "checkers/models.h"
#include "harness/cli/config.h"
#include "harness/cli/manual.h"
#include "harness/cli/plugin_options.h"
#include "harness/cli/progress.h"
#include "harness/cli/proofs.h"
#include "harness/cli/quantities.h"
#include "harness/error.h"
#include "harness/nearest.h"
#include "harness/system.h"
#include "reports/recovery.h"
#include "workloads/workload.h"

namespace clew {
namespace {

// What is typed as text and understood later, so that each has one clear error.
struct Raw {
  std::string nodes = "5", nodes_file, concurrency = "2n", time_limit = "60", rate = "400";
  std::string nemesis_interval = "5s", op_timeout = "2s", check_timeout = "600s",
              check_memory = "50%";
  std::string seed, key, colour = "auto", progress = "auto", progress_interval = "10s";
};

void understand_check(CheckOptions& check, const Raw& raw) {
  check.timeout = need_duration("--check-timeout", raw.check_timeout);
  check.memory_bytes = parse_size("--check-memory", raw.check_memory);
}

void add_check_options(CLI::App& command, Raw& raw, unsigned& threads) {
  command.add_option("--check-timeout", raw.check_timeout, "time for judging; reached: unknown")
      ->capture_default_str()
      ->type_name("DURATION");
  command
      .add_option("--check-memory", raw.check_memory,
                  "memory for judging, as 2GiB or 50%; reached: unknown")
      ->capture_default_str()
      ->type_name("SIZE");
  command.add_option("--check-threads", threads, "threads for judging; 0: one a core")
      ->capture_default_str()
      ->type_name("COUNT");
}

// What a command that says something has.
void add_voice(CLI::App& command, Voice& voice, Raw& raw) {
  command.add_flag("--json", voice.json, "stdout carries JSON instead of text");
  command.add_flag("-q,--quiet", voice.quiet, "no progress on stderr, as --progress none");
  command.add_option("--color", raw.colour, "colour on stdout; auto: on a terminal")
      ->capture_default_str()
      ->type_name("WHEN")
      ->check(one_of({"auto", "always", "never"}));
}

// What every command has.
void add_config(CLI::App& command, Voice& voice) {
  command
      .add_option("--config", voice.config,
                  "a TOML file with options that are not typed; default clew.toml, if there is "
                  "one here; none: no file")
      ->type_name("FILE");
  command.add_flag("--print-config", voice.print_config,
                   "print the options in force and where each comes from, and do nothing");
}

// Of the commands that run something.
void add_progress(CLI::App& command, Raw& raw) {
  command
      .add_option("--progress", raw.progress,
                  "on stderr: terminal redraws a few lines, lines are for logs, json for programs; "
                  "auto: terminal on one that can and no CI, else lines")
      ->capture_default_str()
      ->type_name("STYLE")
      ->check(one_of({"auto", "terminal", "lines", "json", "none"}));
  command
      .add_option("--progress-interval", raw.progress_interval,
                  "time between two lines while nothing happens")
      ->capture_default_str()
      ->type_name("DURATION");
}

// Of the commands that write reports.
void add_report_size(CLI::App& command, Voice& voice) {
  command
      .add_option(
          "--report-max-mb", voice.report_max_mb,
          "report.html stays below so many megabytes: it leaves out values, then logs, then "
          "operations, those of failing keys last")
      ->capture_default_str()
      ->type_name("NUMBER")
      ->check(between(1, 100'000));
}

void add_gates(CLI::App& command, std::vector<std::string>& gates, const char* help) {
  command.add_option("--gate", gates, help)
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all()
      ->type_name("GATE");
}

void understand_voice(Voice& voice, const Raw& raw) {
  if (raw.colour != "auto") voice.colour = raw.colour == "always" ? When::always : When::never;
  voice.progress = Progress::choose(voice.quiet ? "none" : raw.progress);
  voice.quiet = voice.progress == ProgressStyle::none;
  voice.progress_interval = need_duration("--progress-interval", raw.progress_interval);
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
      "seed",      "test-count",      "store",    "name",
      "json",      "quiet",           "color",    "help",
      "config",    "print-config",    "dry-run",  "ci",
      "on-finish", "on-finish-limit", "progress", "progress-interval"};
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
  const auto text = [&](const char* name, std::string& value, const char* type, const char* help) {
    return run->add_option(name, value, help)->capture_default_str()->type_name(type);
  };
  run->add_option("system", test.system, "the system under test; see clew list systems")
      ->required()
      ->type_name("SYSTEM");
  text("--nodes", raw.nodes, "NODES", "how many nodes, or n1,n2,n3");
  text("--nodes-file", raw.nodes_file, "FILE", "a file with a node's name a line");
  text("--concurrency", raw.concurrency, "COUNT", "clients; 2n is two for each node");
  text("--time-limit", raw.time_limit, "DURATION", "length of the load, as 60, 90s or 10m");
  text("-r,--rate", raw.rate, "NUMBER", "operations a second in all; 0: as fast as answers come");
  text("-w,--workload", test.workload, "WORKLOAD", "see clew list workloads");
  CLI::Option* nemesis =
      text("--nemesis", test.nemesis, "FAULTS",
           "faults, as partition,kill:leader,packet:delay; all; swarm, a part of all; or none");
  text("--nemesis-interval", raw.nemesis_interval, "DURATION",
       "average time between faults of one kind");
  text("--schedule", test.schedule, "FILE", "a file with the faults, TOML; see nemesis/README.md")
      ->excludes(nemesis);
  run->add_flag("--dry-run", test.dry_run, "print the schedule of faults, start nothing");
  text("--seed", raw.seed, "NUMBER",
       "drives workload, faults and jitter; drawn and printed if not given");
  run->add_option("--test-count", test.test_count, "runs, each with its own seed")
      ->capture_default_str()
      ->type_name("COUNT")
      ->check(between(1, 100'000));
  text("--op-timeout", raw.op_timeout, "DURATION",
       "an operation without an answer by then is unknown");
  text("--data", test.data, "PLACE", "where nodes keep their data")
      ->check(one_of({"tmpfs", "disk"}));
  add_store(*run, test.store);
  text("--name", test.name, "NAME", "of the job, a folder in the store; default SYSTEM-WORKLOAD");
  add_gates(*run, test.gates,
            "the run fails (exit 3) unless: recovery<10s, outage<5s, p99<100ms, quorum");
  run->add_flag("--fail-fast", test.fail_fast,
                "end at the first violation: freeze the cluster, keep its logs and data");
  add_check_options(*run, raw, test.check.threads);
  add_telling(*run, test.telling);
  add_report_size(*run, arguments.voice);
  add_progress(*run, raw);
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
      ->type_name("MEANING")
      ->check(one_of({"absent", "observed"}));
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
      ->required()
      ->type_name("RUN_OR_FILE");
  add_store(*judge, check.store);
  CLI::Option* workload =
      judge
          ->add_option("-w,--workload", check.workload,
                       "whose checkers judge it; default the run's own, or register")
          ->type_name("WORKLOAD");
  judge
      ->add_option("--model", check.model,
                   "judge as linearizable with respect to this model; see clew list models")
      ->type_name("MODEL")
      ->excludes(workload);
  add_import_options(*judge, check.fail_means, check.independent);
  judge->add_option("--key", raw.key, "judge this key alone")->type_name("KEY");
  judge
      ->add_option("--certificate", check.certificate,
                   "write the proof of the verdict to this file; clew-verify checks it")
      ->type_name("FILE");
  add_gates(*judge, check.gates, "as of clew test; default the run's own, and none of a history");
  judge->add_option("--svg", check.svg, "draw the counterexample into this file")
      ->type_name("FILE");
  add_check_options(*judge, raw, check.check.threads);
  add_report_size(*judge, arguments.voice);
  add_voice(*judge, arguments.voice, raw);
  plugins.declare<Workload>(*judge, "Options of workloads");
  return judge;
}

void add_convert(CLI::App& app, Arguments& arguments, Raw& raw) {
  ConvertArguments& convert = arguments.convert;
  CLI::App* command = app.add_subcommand("convert", "write a history in another format");
  command->add_option("input", convert.input, "a history, gzip or not; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("-o,--output", convert.output, "a file; - is standard output")
      ->capture_default_str()
      ->type_name("FILE");
  command->add_option("--from", convert.from, "format; default: found out")
      ->type_name("FORMAT")
      ->check(one_of({"jsonl", "edn", "porcupine", "jepsen-log"}));
  command->add_option("--to", convert.to, "format to write")
      ->capture_default_str()
      ->type_name("FORMAT")
      ->check(one_of({"jsonl", "edn", "porcupine"}));
  add_import_options(*command, convert.fail_means, convert.independent);
  add_voice(*command, arguments.voice, raw);
}

void add_replay(CLI::App& app, Arguments& arguments, Raw& raw) {
  ReplayArguments& replay = arguments.replay;
  CLI::App* command = app.add_subcommand(
      "replay", "run a recorded run's plan again: same seed, same schedule of faults");
  command->add_option("run", replay.run, "a run's folder, or latest")->required()->type_name("RUN");
  add_store(*command, replay.store);
  command
      ->add_option("--test-count", replay.count,
                   "how often; of several the spread of the faults is told")
      ->capture_default_str()
      ->type_name("COUNT")
      ->check(between(1, 100'000));
  add_report_size(*command, arguments.voice);
  add_progress(*command, raw);
  add_voice(*command, arguments.voice, raw);
}

void add_others(CLI::App& app, Arguments& arguments, Raw& raw) {
  CLI::App* report =
      app.add_subcommand("report", "write the reports of a run again from its results.json");
  report->add_option("run", arguments.report_run, "a run's folder, or latest")
      ->required()
      ->type_name("RUN");
  add_store(*report, arguments.report_store);
  add_report_size(*report, arguments.voice);
  add_voice(*report, arguments.voice, raw);
  CLI::App* list =
      app.add_subcommand("list", "what there is: systems, workloads, faults, models, checkers");
  list->add_option("what", arguments.list_what, "of what")
      ->required()
      ->type_name("WHAT")
      ->check(one_of({"systems", "workloads", "faults", "models", "checkers"}));
  add_voice(*list, arguments.voice, raw);
  CLI::App* doctor = app.add_subcommand("doctor", "what this machine can and cannot do for clew");
  add_voice(*doctor, arguments.voice, raw);
}

void add_manuals(CLI::App& app, Arguments& arguments, Raw& raw) {
  CLI::App* manual = app.add_subcommand("manual", "print the manual: clew manual | man -l -");
  manual->add_option("--to", arguments.manual_form, "as a manual page, or as Markdown")
      ->capture_default_str()
      ->type_name("FORM")
      ->check(one_of({"man", "markdown"}));
  add_voice(*manual, arguments.voice, raw);
  CLI::App* completion =
      app.add_subcommand("completion", "print the completion of commands for a shell");
  completion->add_option("shell", arguments.shell, "whose")
      ->required()
      ->type_name("SHELL")
      ->check(one_of({"bash", "zsh", "fish"}));
  add_voice(*completion, arguments.voice, raw);
  completion->footer(
      "bash: eval \"$(clew completion bash)\" in ~/.bashrc\n"
      "zsh:  eval \"$(clew completion zsh)\" in ~/.zshrc, after compinit\n"
      "fish: clew completion fish > ~/.config/fish/completions/clew.fish");
}

void understand_test(TestArguments& test, const Raw& raw, PluginOptions& plugins,
                     const CLI::App& run) {
  test.nodes = parse_nodes(raw.nodes, raw.nodes_file);
  test.concurrency = parse_concurrency(raw.concurrency, static_cast<int>(test.nodes.size()));
  test.time_limit = need_duration("--time-limit", raw.time_limit);
  test.rate = need_rate("--rate", raw.rate);
  test.nemesis_interval = need_duration("--nemesis-interval", raw.nemesis_interval);
  test.op_timeout = need_duration("--op-timeout", raw.op_timeout);
  if (!raw.seed.empty()) test.seed = need_seed("--seed", raw.seed);
  for (const std::string& gate : test.gates) (void)parse_gate(gate);
  understand_check(test.check, raw);
  if (test.name.find('/') != std::string::npos || test.name == "." || test.name == "..")
    throw UsageError("--name: '" + test.name + "' must be a plain folder name");
  SystemRegistry::instance().find("system", test.system);
  WorkloadRegistry::instance().find("workload", test.workload);
  test.plugins = plugins.take({test.system, test.workload});
  test.given = words_of(run);
}

// All commands with all of their options, and what they are read into.
struct CommandLine {
  Arguments arguments{};
  Raw raw{};
  PluginOptions test_plugins{}, check_plugins{};
  CLI::App app{
      "clew tests whether a distributed system is linearizable while its network, processes and "
      "machines fail.",
      "clew"};
  const CLI::App* run = nullptr;
  const CLI::App* judge = nullptr;

  CommandLine();
  void understand(const CLI::App& command);
};

std::string help_of(const CLI::App* app, const std::string& /*name*/, CLI::AppFormatMode /*mode*/) {
  return app->get_parent() == nullptr ? help_text(table_of(*app)) : help_text(row_of(*app));
}

CommandLine::CommandLine() {
  app.require_subcommand(1);
  app.set_version_flag("--version", "clew " CLEW_VERSION);
  app.formatter_fn(help_of);
  app.set_help_flag("-h,--help", "print this and do nothing");
  run = add_test(app, arguments, raw, test_plugins);
  judge = add_check(app, arguments, raw, check_plugins);
  CLI::App* all = add_test_all(app, arguments.test_all);
  add_report_size(*all, arguments.voice);
  add_progress(*all, raw);
  add_voice(*all, arguments.voice, raw);
  add_replay(app, arguments, raw);
  add_convert(app, arguments, raw);
  add_voice(*add_export(app, arguments.exported), arguments.voice, raw);
  add_others(app, arguments, raw);
  add_voice(*add_serve(app, arguments.serve), arguments.voice, raw);
  add_manuals(app, arguments, raw);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
    add_config(*command, arguments.voice);
}

void CommandLine::understand(const CLI::App& command) {
  using Command = Arguments::Command;
  static const std::map<std::string, Command> commands{
      {"test", Command::test},        {"test-all", Command::test_all},
      {"replay", Command::replay},    {"check", Command::check},
      {"export", Command::exporting}, {"convert", Command::convert},
      {"report", Command::report},    {"list", Command::list},
      {"serve", Command::serve},      {"doctor", Command::doctor},
      {"manual", Command::manual},    {"completion", Command::completion}};
  arguments.command = commands.at(command.get_name());
  understand_voice(arguments.voice, raw);
  if (arguments.command == Command::test) understand_test(arguments.test, raw, test_plugins, *run);
  if (arguments.command == Command::check) {
    CheckArguments& check = arguments.check;
    if (judge->count("--key") > 0) check.key = raw.key;
    understand_check(check.check, raw);
    for (const std::string& gate : check.gates) (void)parse_gate(gate);
    check_proof_options(check);
    check.check.proofs = !check.certificate.empty();
    if (!check.workload.empty()) WorkloadRegistry::instance().find("workload", check.workload);
    if (!check.model.empty()) linearizable_by_name(check.model);
    check.plugins = check_plugins.take({check.workload.empty() ? "register" : check.workload});
  }
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
  const auto line = std::make_unique<CommandLine>();
  Config config = Config::find(argc, argv);
  config.attach(line->app);
  if (!parse(line->app, argc, argv)) return std::nullopt;
  const CLI::App& command = *line->app.get_subcommands().front();
  line->understand(command);
  if (line->arguments.voice.print_config) {
    std::fputs(config.effective(command).c_str(), stdout);
    return std::nullopt;
  }
  line->arguments.words = config.words(argc, argv, command);
  if (const std::string used = config.used(command); !used.empty() && !line->arguments.voice.quiet)
    std::fprintf(stderr, "clew: from %s: %s\n", config.file().c_str(), used.c_str());
  return std::move(line->arguments);
}

CommandTable command_table() { return table_of(std::make_unique<CommandLine>()->app); }

}  // namespace clew
