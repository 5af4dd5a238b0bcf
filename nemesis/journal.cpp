#include "nemesis/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>

#include "harness/error.h"

namespace clew {
namespace {

Value time_value(Nanos time) { return time == never ? Value() : Value(std::int64_t{time.count()}); }

// null: nothing but the clock.
Value trigger_value(const Trigger& trigger) {
  if (trigger.event.empty()) return {};
  Value::Object members{{trigger.event, trigger.match}};
  if (!trigger.node.empty()) members.emplace_back("node", trigger.node);
  if (!trigger.after.empty()) members.emplace_back("after", trigger.after);
  if (trigger.count != 1) members.emplace_back("count", trigger.count);
  if (trigger.delay != Nanos{0}) members.emplace_back("delay", time_value(trigger.delay));
  return Value::object(std::move(members));
}

Value parameters_value(const Parameters& parameters) {
  Value::Object members;
  for (const auto& [name, value] : parameters) members.emplace_back(name, value);
  return Value::object(std::move(members));
}

std::string line_of(const FaultRecord& fault, std::string_view event, Nanos time) {
  return to_json(Value::object({{"event", std::string(event)},
                                {"time", Value(std::int64_t{time.count()})},
                                {"id", fault.id},
                                {"fault", fault.fault},
                                {"kind", fault.kind},
                                {"target", fault.target},
                                {"parameters", parameters_value(fault.parameters)},
                                {"planned", time_value(fault.planned)},
                                {"planned_heal", time_value(fault.planned_heal)},
                                {"on", trigger_value(fault.on)},
                                {"until", trigger_value(fault.until)},
                                {"lasts", time_value(fault.lasts)},
                                {"due", time_value(fault.due)},
                                {"cause", fault.cause},
                                {"leader", fault.leader},
                                {"applied", time_value(fault.applied)},
                                {"healing", time_value(fault.healing)},
                                {"healed", time_value(fault.healed)},
                                {"hit", fault.hit},
                                {"verified", fault.verified},
                                {"evidence", fault.evidence},
                                {"verified_healed", fault.verified_healed},
                                {"heal_evidence", fault.heal_evidence},
                                {"error", fault.error}})) +
         "\n";
}

const Value& member(const Value& line, const char* name) {
  const Value* value = line.find(name);
  if (value == nullptr) throw UsageError("\"" + std::string(name) + "\" is missing");
  return *value;
}

// Members that older clews did not write.
const Value& newer_member(const Value& line, const char* name) {
  static const Value nothing;
  const Value* value = line.find(name);
  return value == nullptr ? nothing : *value;
}

std::string newer_text(const Value& line, const char* name) {
  const Value& value = newer_member(line, name);
  return value.is_text() ? value.as_text() : "";
}

Nanos newer_time(const Value& line, const char* name) {
  const Value& value = newer_member(line, name);
  return value.is_int() ? Nanos(value.as_int()) : never;
}

std::string text_of(const Value& line, const char* name) {
  const Value& value = member(line, name);
  if (!value.is_text()) throw UsageError("\"" + std::string(name) + "\" must be a string");
  return value.as_text();
}

bool bool_of(const Value& line, const char* name) {
  const Value& value = member(line, name);
  if (!value.is_bool()) throw UsageError("\"" + std::string(name) + "\" must be true or false");
  return value.as_bool();
}

Nanos time_of(const Value& line, const char* name) {
  const Value& value = member(line, name);
  if (value.is_nil()) return never;
  if (!value.is_int())
    throw UsageError("\"" + std::string(name) + "\" must be a whole number or null");
  return Nanos(value.as_int());
}

Trigger trigger_of(const Value& line, const char* name) {
  const Value& value = newer_member(line, name);
  Trigger trigger;
  if (value.is_nil()) return trigger;
  if (!value.is_object()) throw UsageError("\"" + std::string(name) + "\" must be an object");
  for (const auto& [key, item] : value.as_object()) {
    if (key == "node") {
      trigger.node = text_of(value, "node");
    } else if (key == "after") {
      trigger.after = text_of(value, "after");
    } else if (key == "count") {
      trigger.count = static_cast<int>(time_of(value, "count").count());
    } else if (key == "delay") {
      trigger.delay = time_of(value, "delay");
    } else {
      trigger.event = key;
      trigger.match = text_of(value, key.c_str());
    }
  }
  return trigger;
}

Parameters parameters_of(const Value& line) {
  const Value& value = newer_member(line, "parameters");
  Parameters parameters;
  if (!value.is_object()) return parameters;
  for (const auto& [name, item] : value.as_object())
    parameters.emplace_back(name, text_of(value, name.c_str()));
  return parameters;
}

FaultRecord record_of(const Value& line) {
  if (!line.is_object()) throw UsageError("must be a JSON object");
  FaultRecord fault{};
  fault.id = text_of(line, "id");
  fault.fault = text_of(line, "fault");
  fault.kind = newer_text(line, "kind");
  fault.target = text_of(line, "target");
  fault.parameters = parameters_of(line);
  fault.planned = time_of(line, "planned");
  fault.planned_heal = time_of(line, "planned_heal");
  fault.on = trigger_of(line, "on");
  fault.until = trigger_of(line, "until");
  fault.lasts = newer_time(line, "lasts");
  fault.due = newer_time(line, "due");
  fault.cause = newer_text(line, "cause");
  fault.leader = newer_text(line, "leader");
  fault.applied = time_of(line, "applied");
  fault.healing = newer_time(line, "healing");
  fault.healed = time_of(line, "healed");
  fault.hit = member(line, "hit");
  fault.verified = bool_of(line, "verified");
  fault.evidence = text_of(line, "evidence");
  fault.verified_healed = bool_of(line, "verified_healed");
  fault.heal_evidence = text_of(line, "heal_evidence");
  fault.error = text_of(line, "error");
  return fault;
}

}  // namespace

Journal::Journal(const std::filesystem::path& path)
    : path_(path),
      file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644)) {
  if (!file_) throw EnvironmentError(errno_text("open(" + path.string() + ")", errno));
}

void Journal::write(const FaultRecord& fault, std::string_view event, Nanos time) {
  const std::string line = line_of(fault, event, time);
  const std::lock_guard lock(mutex_);
  const off_t before = ::lseek(file_.get(), 0, SEEK_END);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      // A part of a line would spoil the next one.
      if (::ftruncate(file_.get(), before) != 0)
        throw EnvironmentError(errno_text("ftruncate(" + path_.string() + ")", errno));
      throw EnvironmentError(errno_text("write(" + path_.string() + ")", why));
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::vector<FaultRecord> read_journal(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UsageError(path.string() + ": cannot be opened; is it a file you may read?");
  std::vector<FaultRecord> faults;
  std::map<std::string, std::size_t> place;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line) && !in.eof(); ++number) {
    if (line.empty()) continue;
    try {
      FaultRecord fault = record_of(parse_json(line));
      const auto [it, fresh] = place.emplace(fault.id, faults.size());
      if (fresh) faults.emplace_back();
      faults[it->second] = std::move(fault);
    } catch (const UsageError& e) {
      throw UsageError(path.string() + ": line " + std::to_string(number) + ": " + e.what());
    }
  }
  return faults;
}

}  // namespace clew
