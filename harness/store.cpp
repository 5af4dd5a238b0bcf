#include "harness/store.h"

#include "harness/atomic_file.h"
#include "harness/error.h"
#include "harness/value.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

Value texts(const std::vector<std::string>& items) {
  Value::List list;
  for (const std::string& item : items) list.emplace_back(item);
  return list;
}

Value pairs(const std::vector<std::pair<std::string, std::string>>& items) {
  Value::Object object;
  for (const auto& [name, text] : items) object.emplace_back(name, text);
  return Value::object(std::move(object));
}

// Reads members of run.json; says which one is missing or of the wrong type.
class Reader {
 public:
  explicit Reader(const std::string& text) : root_(parse_json(text)) {
    if (!root_.is_object()) throw UsageError("run.json: must be a JSON object");
    if (this->text("schema") != "clew.run/1")
      throw UsageError("run.json: schema '" + this->text("schema") + "' is not clew.run/1");
  }
  std::string text(const char* name) const {
    const Value& member = need(name);
    if (!member.is_text())
      throw UsageError("run.json: \"" + std::string(name) + "\" must be a string");
    return member.as_text();
  }
  std::int64_t number(const char* name) const {
    const Value& member = need(name);
    if (!member.is_int())
      throw UsageError("run.json: \"" + std::string(name) + "\" must be a number");
    return member.as_int();
  }
  std::vector<std::string> texts(const char* name) const {
    const Value& member = need(name);
    std::vector<std::string> items;
    if (!member.is_list())
      throw UsageError("run.json: \"" + std::string(name) + "\" must be a list");
    for (const Value& item : member.as_list())
      items.push_back(item.is_text() ? item.as_text() : to_json(item));
    return items;
  }
  std::vector<std::pair<std::string, std::string>> pairs(const char* name) const {
    const Value& member = need(name);
    std::vector<std::pair<std::string, std::string>> items;
    if (!member.is_object())
      throw UsageError("run.json: \"" + std::string(name) + "\" must be an object");
    for (const auto& [key, item] : member.as_object())
      items.emplace_back(key, item.is_text() ? item.as_text() : to_json(item));
    return items;
  }

 private:
  const Value& need(const char* name) const {
    const Value* member = root_.find(name);
    if (member == nullptr) throw UsageError("run.json: \"" + std::string(name) + "\" is missing");
    return *member;
  }
  Value root_;
};

}  // namespace

std::string run_info_to_json(const RunInfo& info) {
  return to_json(Value::object({
             {"schema", "clew.run/1"},
             {"name", info.name},
             {"system", info.system},
             {"system_version", info.system_version},
             {"workload", info.workload},
             {"nemesis", info.nemesis},
             {"seed", std::to_string(info.seed)},  // 64 bits do not fit every JSON reader's number.
             {"nodes", texts(info.nodes)},
             {"concurrency", info.concurrency},
             {"time_limit_ns", Value(std::int64_t{info.time_limit.count()})},
             {"started", info.started},
             {"clew_version", info.clew_version},
             {"argv", texts(info.argv)},
             {"repeat_command", info.repeat_command},
             {"environment", pairs(info.environment)},
             {"options", pairs(info.options)},
         })) +
         "\n";
}

RunInfo run_info_from_json(const std::string& text) {
  const Reader reader(text);
  RunInfo info{};
  info.name = reader.text("name");
  info.system = reader.text("system");
  info.system_version = reader.text("system_version");
  info.workload = reader.text("workload");
  info.nemesis = reader.text("nemesis");
  try {
    info.seed = std::stoull(reader.text("seed"));
  } catch (const std::logic_error&) {
    throw UsageError("run.json: \"seed\" must be a number in a string");
  }
  info.nodes = reader.texts("nodes");
  info.concurrency = static_cast<int>(reader.number("concurrency"));
  info.time_limit = Nanos(reader.number("time_limit_ns"));
  info.started = reader.text("started");
  info.clew_version = reader.text("clew_version");
  info.argv = reader.texts("argv");
  info.repeat_command = reader.text("repeat_command");
  info.environment = reader.pairs("environment");
  info.options = reader.pairs("options");
  return info;
}

RunDir RunDir::create(const fs::path& store, const std::string& name, const std::string& stamp) {
  std::error_code error;
  fs::create_directories(store / name, error);
  if (error) {
    throw EnvironmentError("cannot make the folder " + (store / name).string() + ": " +
                           error.message() + "; choose another one with --store DIR");
  }
  fs::path path = store / name / stamp;
  // Two runs may start in one millisecond.
  for (int i = 2; !fs::create_directory(path, error) && i < 100; ++i) {
    if (error)
      throw EnvironmentError("cannot make the folder " + path.string() + ": " + error.message());
    path = store / name / (stamp + "-" + std::to_string(i));
  }
  relink_atomically(store / "latest", fs::path(name) / path.filename());
  relink_atomically(store / name / "latest", path.filename());
  return RunDir(fs::absolute(path));
}

RunDir RunDir::open(const fs::path& store, const std::string& given) {
  std::error_code error;
  for (const fs::path& path : {fs::path(given), store / given}) {
    if (!fs::is_directory(path, error)) continue;
    const fs::path real = fs::canonical(path, error);
    if (fs::exists(real / "run.json", error) || fs::exists(real / "history.jsonl", error))
      return RunDir(real);
  }
  throw UsageError("no run '" + given +
                   "': give a run's folder, latest, or NAME/latest (looked in " + store.string() +
                   ")");
}

}  // namespace clew
