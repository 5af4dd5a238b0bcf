// clew-verify HISTORY.jsonl CERTIFICATE: does the certificate that `clew check --certificate`
// wrote hold for this history?
//
// Shares no line with the checker: who trusts this file, 400 lines without the comments, can
// trust what it says.
// Exit codes: 0 it holds, 1 it does not, 2 cannot be told, 254 bad usage or unreadable.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>
namespace clew_verify {
using Json = nlohmann::ordered_json;  // {"a":1,"b":2} and {"b":2,"a":1} are two values.
using State = nlohmann::json;
using Time = std::int64_t;
constexpr Time never = INT64_MAX, ever = INT64_MIN;
using Answer = std::pair<int, std::string>;  // The exit code and the line to print.
[[noreturn]] void wrong(const std::string& why) { throw Answer{1, "does not hold: " + why}; }
[[noreturn]] void untold(const std::string& why) { throw Answer{2, "not verified: " + why}; }
[[noreturn]] void unreadable(const std::string& why) { throw Answer{254, why}; }
std::int64_t whole(const Json& number) {
  if (!number.is_number_integer()) unreadable(number.dump() + " is no whole number");
  return number.get<std::int64_t>();
}
// A failed call never happened; of a refused one it is known that the system looked and said no.
enum class End { ok, refused, failed, unknown };
struct Call {
  std::int64_t index = 0, process = 0, inv = 0, ret = never;  // The index of its invocation.
  End end = End::unknown;
  std::string f{}, key{};
  Json asked{}, answer{};
  bool known() const { return end == End::ok || end == End::refused; }
  bool before(const Call& other) const { return known() && ret < other.inv; }
  // What a client may see of a call that does something exactly if `hit`, or that tells this.
  bool told(bool hit) const { return !known() || hit == (end == End::ok); }
  bool tells(const std::string& found) const { return !known() || answer.dump() == found; }
};
std::string name(const Call& call) { return "event " + std::to_string(call.index); }
// The models are plain sequential programs over JSON texts, so that 42, 42.0 and "42" differ.
struct Model {
  std::string functions;  // "r read w write ? cas": r changes nothing, ? may be refused.
  State initial;
  bool (*run)(State& state, const Call& call);  // Whether it gives the answer, if one was seen.
  Json no = Json::value_t::discarded;           // The `ok` answer of a ? function that refuses.
  // What a call is about, as an element: all its calls can be left out of an order, and with
  // them some unknown ones. "": nothing. "*": everything, so that nothing can be left out.
  std::string (*part)(const Call& call) = [](const Call&) -> std::string { return "*"; };
  char kind(const std::string& f) const {  // 0: there is no such function.
    const auto at = (functions + " ").find(" " + f + " ");
    return at == std::string::npos ? '\0' : functions[at - 1];
  }
};
// State: [value, number of writes]. Whether the call is a write, or a swap that finds its value.
bool changed(State& state, const Call& call) {
  const bool by_version = call.f == "cas-version", swap = by_version || call.f == "cas";
  const std::string found = by_version ? state[1].dump() : state[0].get<std::string>();
  if (call.f == "read" || (swap && found != call.asked[0].dump())) return false;
  state = {(swap ? call.asked[1] : call.asked).dump(), state[1].get<std::int64_t>() + 1};
  return true;
}
bool run_register(State& state, const Call& call) {
  const bool hit = changed(state, call);
  return call.f == "read" ? call.tells(state[0]) : call.told(hit);
}
// Answers tell value and version as an object or a pair, or one of them, or, of a write, neither.
bool run_versioned(State& state, const Call& call) {
  const bool hit = changed(state, call), read = call.f == "read";
  if (call.end != End::ok || hit == read) return read || call.told(hit);
  Json told = call.answer;
  const bool pair = told.is_array() && told.size() == 2 && told[1].is_number_integer();
  if (pair && (read || (call.f == "write" && told[0].dump() == call.asked.dump())))
    told = {{"value", told[0]}, {"version", told[1]}};
  if (!told.contains("value") && !told.contains("version")) told = {{"value", told}};
  return (!read || !told.contains("value") || told["value"].dump() == state[0]) &&
         (!told.contains("version") || whole(told["version"]) == state[1]);
}
bool reads(const Json& part) { return part.at(0) == "r" || part.at(0) == "read"; }
// State: the registers, and as "" what they hold at first.
bool run_txn(State& state, const Call& call) {
  if (call.known() && call.answer.size() != call.asked.size()) unreadable("an answer lacks parts");
  for (std::size_t i = 0; i < call.asked.size(); ++i) {
    const Json &part = call.asked.at(i), seen = call.known() ? call.answer.at(i) : part;
    const std::string key = part.at(1).dump(), held = state.value(key, std::string(state[""]));
    if (seen.at(1).dump() != key) unreadable(seen.dump() + " is no answer to " + part.dump());
    if (reads(part) && call.known() && seen.at(2).dump() != held) return false;
    if (!reads(part)) state[key] = part.at(2).dump();
  }
  return true;
}
bool keyed(const Call& call) {  // The value of a kv's call begins with the key.
  return call.key.empty() && call.asked.is_array() && (call.f != "cas" || call.asked.size() == 3);
}
std::string kv_key(const Call& call) { return keyed(call) ? call.asked.at(0).dump() : ""; }
std::string cell(const Json& value) {  // "" for nothing; else "t" and a text, or "j" and others.
  if (value.is_null() || value == "") return "";
  return value.is_string() ? "t" + value.get<std::string>() : "j" + value.dump();
}
bool run_kv(State& state, const Call& call) {
  const std::string key = kv_key(call), held = state.value(key, "");
  const bool skip = keyed(call), cas = call.f == "cas";
  if (call.f == "get") return !call.known() || held == cell(skip ? call.answer.at(1) : call.answer);
  const bool hit = !cas || held == cell(call.asked.at(skip));
  std::string next =
      call.f == "delete" ? "" : cell(skip || cas ? call.asked.at(skip + cas) : call.asked);
  if (call.f == "append" && held + next != "")
    next = "t" + held.substr(held != "") + next.substr(next != "");
  if (hit) state[key] = next;
  return call.told(hit);
}
std::string owner(const Call& call) {  // Told by value, else by process.
  return call.asked.is_null() ? "process " + std::to_string(call.process) : call.asked.dump();
}
std::string part_of_lock(const Call& call) {  // Who is refused is so perhaps because of another.
  return call.f == "acquire" && call.end == End::refused ? "*" : owner(call);
}
// State: the holder; of some who all are taken for, or the last token.
bool run_lock(State& state, const Call& call) {
  const bool acquire = call.f == "acquire";
  const std::string who = state.value("all", owner(call));
  const bool hit = state["holder"] == (acquire ? "" : who);
  if (!hit || !call.told(hit)) return call.told(hit);
  state["holder"] = acquire ? who : "";
  if (!acquire || !state.contains("token")) return true;
  const auto last = state["token"].get<std::int64_t>();  // If nobody knows, the least allows most.
  const Json& told = call.answer;
  state["token"] = call.known() ? whole(told.is_object() ? told.at("token") : told) : last + 1;
  return state["token"] > last;
}
std::string queued(const Call& call) {
  return (call.f == "enqueue" ? call.asked : call.end == End::ok ? call.answer : Json("")).dump();
}
// State: whether the first comes out; how many unknown dequeues must still be given an element,
// each one that was there before it; the elements, each with how many of those there were before.
bool run_queue(State& state, const Call& call) {
  State &debts = state[1], &bag = state[2];
  if (call.f == "enqueue") return bag.push_back({debts, call.asked.dump()}), true;
  if (bag.size() == debts || !call.told(true)) return call.told(false) && bag.size() == debts;
  if (!call.known() && state[0] == false) return debts = debts.get<std::int64_t>() + 1, true;
  std::size_t i = state[0] ? 1 : bag.size();  // The youngest can be given to the fewest.
  while (i > 0 && state[0] == false && bag[i - 1][1] != call.answer.dump()) --i;
  if (i == 0 || !call.tells(bag[i - 1][1])) return false;
  bag.erase(i - 1);
  bool enough = true;
  for (std::size_t debt = 0; debt < debts; ++debt) enough = enough && bag[debt][0] <= debt;
  return enough;
}
std::string element(const Call& call) { return call.f == "read" ? "*" : call.asked.dump(); }
bool run_set(State& set, const Call& call) {
  if (call.f == "read") {
    State all = State::object();
    for (const Json& element : call.answer) all[element.dump()] = true;
    return !call.known() || (all == set && all.size() == call.answer.size());
  }
  const std::string element = call.asked.dump();
  const bool in = set.contains(element), hit = in == (call.f == "remove");
  if (call.f == "contains") return call.tells(in ? "true" : "false");
  if (call.f == "add") set[element] = true;
  if (call.f == "remove") set.erase(element);
  return (call.end == End::ok && !call.answer.is_boolean()) || call.told(hit);
}
bool run_counter(State& count, const Call& call) {
  const auto more = call.f == "read" ? 0 : call.asked.is_null() ? 1 : whole(call.asked);
  count = static_cast<std::int64_t>(count.get<std::uint64_t>() + static_cast<std::uint64_t>(more));
  return (call.f != "read" && call.f != "add-and-get") || call.tells(count.dump());
}
bool run_append_list(State& list, const Call& call) {
  auto& text = list.get_ref<std::string&>();  // Of the elements, with commas.
  if (call.f == "append") return text += (text.empty() ? "" : ",") + call.asked.dump(), true;
  return call.tells("[" + text + "]") || (text.empty() && call.answer.is_null());
}
const Model& model_named(const std::string& wanted) {
  const std::string writes = "r read w write", locks = "? acquire ? release";
  const std::string swaps = writes + " ? cas", queues = "w enqueue ? dequeue";
  const State nil{"null", 0}, none = State::array(), object = State::object();
  static const std::unordered_map<std::string, Model> models{
      {"register", {writes, nil, run_register}},
      {"cas-register", {swaps, nil, run_register}},
      {"versioned-register", {swaps + " ? cas-version", nil, run_versioned}},
      {"multi-register", {"w txn", {{"", "null"}}, run_txn}},
      {"multi-register-0", {"w txn", {{"", "0"}}, run_txn}},
      {"kv",
       {"r get w put w append w delete ? cas", object, run_kv, Json::value_t::discarded, kv_key}},
      {"mutex", {locks, {{"holder", ""}, {"all", "anybody"}}, run_lock, false}},
      {"owner-mutex", {locks, {{"holder", ""}}, run_lock, false, part_of_lock}},
      {"fenced-lock", {locks, {{"holder", ""}, {"token", 0}}, run_lock, false, part_of_lock}},
      {"fifo-queue", {queues, {true, 0, none}, run_queue, nullptr, queued}},
      {"unordered-queue", {queues, {false, 0, none}, run_queue, nullptr, queued}},
      {"set", {"? add ? remove r contains r read", object, run_set, false, element}},
      {"counter", {"w add w increment w add-and-get r read", 0, run_counter}},
      {"append-list", {"w append r read", "", run_append_list}},
  };
  const auto it = models.find(wanted);
  if (it == models.end()) untold("the model '" + wanted + "' is not known here");
  return it->second;
}
bool pure(const Model& model, const Call& call) {  // Changes no state in which it gets its answer.
  if (call.end == End::refused || model.kind(call.f) == 'r') return true;
  if (model.run == run_txn) return std::all_of(call.asked.begin(), call.asked.end(), reads);
  if (model.run == run_counter) return call.asked == 0;
  return model.run == run_register && call.f == "cas" &&
         call.asked[0].dump() == call.asked[1].dump();
}
// What a call on a single register saw and left behind; empty where it did neither.
std::pair<std::string, std::string> acts(const Model& model, const Call& call) {
  if (call.f == "write") return {"", call.asked.dump()};
  if (call.f == "read") return {call.known() ? call.answer.dump() : "", ""};
  return {call.asked[0].dump(), pure(model, call) ? "" : call.asked[1].dump()};
}
struct History {
  std::int64_t events = 0;
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a of the file's bytes.
  std::unordered_map<std::string, std::vector<Call>> keys{};
  History(std::istream& in, const Model& model, bool refusals)
      : model_(model), refusals_(refusals) {
    std::string line;
    while (std::getline(in, line)) {
      if (!in.eof()) line += '\n';
      for (const char c : line) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
      if (in.eof() || line == "\n" || line == "\r\n") continue;  // A cut last line is no event.
      try {
        add(Json::parse(line));
      } catch (const Json::exception&) {
        unreadable("history: event " + std::to_string(events) + " makes no sense");
      }
      ++events;
    }
  }
  void add(Json&& event) {
    if (event.at("process") == "nemesis") return;
    const std::int64_t process = whole(event.at("process")), time = whole(event.at("time"));
    const std::string type = event.at("type"), key = text(event, "key");
    const std::string f = text(event, "f"), at = "history: event " + event.at("index").dump();
    auto& calls = keys[key];
    if (type == "invoke") {
      Call call{whole(event.at("index")),     process, time, never, End::unknown, f, key,
                event.value("value", Json()), {}};
      const bool free = open_.emplace(process, std::pair(key, calls.size())).second;
      if (!free || retired_.count(process)) unreadable(at + ": its process must not begin a call");
      if (!indexes_.insert(call.index).second) unreadable(at + " is there twice");
      const bool pair = call.asked.is_array() && call.asked.size() == 2;
      if (model_.kind(f) == 0 || (f.rfind("cas", 0) == 0 && !pair && model_.run != run_kv))
        wrong("the model has no such call as " + name(call));
      return calls.push_back(std::move(call));
    }
    const auto it = open_.find(process);
    if (it == open_.end() || it->second.first != key) unreadable(at + " completes nothing");
    Call& call = calls[it->second.second];
    if (call.f != f || time < call.inv) unreadable(at + " does not fit its invocation");
    open_.erase(it);
    if (type == "info") return static_cast<void>(retired_.insert(process));
    if (type != "ok" && type != "fail") unreadable(at + ": its type is none");
    call.ret = time, call.answer = event.value("value", Json());
    const bool no = type == "ok" ? call.answer.dump() == model_.no.dump()
                                 : refusals_ && text(event, "error") == "compare-failed";
    call.end = no && model_.kind(f) == '?' ? End::refused : type == "ok" ? End::ok : End::failed;
  }
  static std::string text(const Json& event, const char* member) {
    const auto it = event.find(member);
    return it == event.end() || it->is_null() ? "" : it->get<std::string>();
  }
  const Model& model_;
  const bool refusals_;
  std::unordered_map<std::int64_t, std::pair<std::string, std::size_t>> open_;
  std::unordered_set<std::int64_t> retired_, indexes_;
};
// What the certificate says of one key.
class Key {
 public:
  using Calls = std::vector<const Call*>;
  Key(const Model& model, const std::string& in, const std::vector<Call>& calls)
      : model_(model), in_(in), calls_(calls) {
    for (std::size_t i = 0; i < calls.size(); ++i) place_[calls[i].index] = i;
  }
  // Every known call once, unknown ones at most once, nothing before what returned before it
  // began, and the program gives every answer that was seen.
  void check_order(const Json& order) {
    State state = model_.initial;
    const Call* latest = nullptr;  // To begin, so far.
    for (const Call* call : choose(order)) {
      if (latest != nullptr && call->before(*latest))
        wrong(in_ + name(*call) + " returned before " + name(*latest) + " began, but comes after");
      if (latest == nullptr || call->inv > latest->inv) latest = call;
      if (!model_.run(state, *call)) wrong(in_ + name(*call) + " would get another answer");
    }
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if (calls_[i].known() && !chosen_[i]) wrong(in_ + name(calls_[i]) + " is left out");
  }
  // The calls of the core have no order, and what is left out cannot be what they lack.
  void check_core(const Json& indexes) {
    Calls core = choose(indexes);
    if (core.empty()) wrong(in_ + "the core is empty");
    std::sort(core.begin(), core.end(), [](auto* a, auto* b) { return a->inv < b->inv; });
    if (has_order(core, model_.initial, std::string(core.size(), '0')))
      wrong(in_ + "the core has an order");
    if (!(model_.run == run_register && has_all_sources(core)) && !has_all_before(core))
      untold(in_ + "calls that the core leaves out might explain it");
  }

 private:
  // The calls that the certificate names, each of which may have happened, none twice.
  Calls choose(const Json& indexes) {
    Calls out;
    chosen_.assign(calls_.size(), 0);
    for (const Json& index : indexes) {
      const auto it = place_.find(whole(index));
      if (it == place_.end()) wrong(in_ + "event " + index.dump() + " begins no call of the key");
      const Call& call = calls_[it->second];
      if (call.end == End::failed) wrong(in_ + name(call) + " failed: it never happened");
      if (chosen_[it->second]++ != 0) wrong(in_ + name(call) + " is there twice");
      out.push_back(&call);
    }
    return out;
  }
  // Tries all orders of the calls (by invocation) that are not taken yet; each state once.
  bool has_order(const Calls& calls, const State& state, const std::string& taken) {
    if (!been_.insert(taken + state.dump()).second) return false;
    if ((work_ += calls.size()) > 200'000'000) untold(in_ + "the core has too many orders to try");
    Time first_end = never;
    bool done = true;
    for (std::size_t i = 0; i < calls.size(); ++i)
      if (taken[i] == '0' && calls[i]->known())
        done = false, first_end = std::min(first_end, calls[i]->ret);
    for (std::size_t i = 0; i < calls.size() && calls[i]->inv <= first_end && !done; ++i) {
      State next = state;
      if (taken[i] != '0' || !model_.run(next, *calls[i])) continue;
      if (!calls[i]->known() && next == state) continue;
      std::string more = taken;
      more[i] = '1';
      done = has_order(calls, next, more);
    }
    return done;
  }
  // Of a register: whoever may have written last before a call of the core got its answer is in
  // the core. Then an order of the whole, less all other calls, would be an order of the core.
  bool has_all_sources(const Calls& core) const {
    for (const Call* seer : core) {
      const std::string seen = acts(model_, *seer).first;
      Time overwritten = ever;  // What returned before this was so when the seer began.
      for (const Call& call : calls_)
        if (call.end == End::ok && call.before(*seer) && !acts(model_, call).second.empty())
          overwritten = std::max(overwritten, call.inv);
      for (std::size_t i = 0; i < calls_.size() && !seen.empty(); ++i) {
        const Call& call = calls_[i];
        const bool no = chosen_[i] || call.end == End::failed || call.end == End::refused;
        if (no || (call.known() && call.ret < overwritten) || seer->before(call)) continue;
        const std::string left = acts(model_, call).second;
        if (!left.empty() && (left == seen) != (seer->end == End::refused)) return false;
      }
    }
    return true;
  }
  // Of any model: all that began before the core's last return is in it, but for what changes
  // nothing, and for what the core is not about. An order of the whole, cut after the core's
  // last known call and without those, would be one of the core.
  bool has_all_before(const Calls& core) const {
    Time end = ever;
    std::unordered_set<std::string> parts{""};
    for (const Call* call : core) {
      parts.insert(model_.part(*call));
      if (call->known()) end = std::max(end, call->ret);
    }
    return std::all_of(calls_.begin(), calls_.end(), [&](const Call& call) {
      const bool other =
          !parts.count("*") && model_.part(call) != "*" && !parts.count(model_.part(call));
      return chosen_[place_.at(call.index)] || call.end == End::failed || call.inv > end ||
             pure(model_, call) || other;
    });
  }
  const Model& model_;
  const std::string in_;  // Words for people.
  const std::vector<Call>& calls_;
  std::unordered_map<std::int64_t, std::size_t> place_;
  std::vector<char> chosen_;
  std::unordered_set<std::string> been_;
  std::size_t work_ = 0;
};
std::string check_all(std::istream& history_file, const Json& certificate) {
  const std::string refusals = certificate.at("fail-means");
  if (certificate.at("schema") != "clew.certificate/1" ||
      (refusals != "observed" && refusals != "absent"))
    unreadable("certificate: this is no clew.certificate/1");
  const Model& model = model_named(certificate.at("model"));
  History history(history_file, model, refusals == "observed");
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(history.hash));
  const Json& made_for = certificate.at("history");
  if (made_for.at("fnv1a64") != hash || made_for.at("events") != history.events)
    wrong("it was made for another history than this");
  std::string outcome = "valid", undecided;
  for (const Json& entry : certificate.at("keys")) {
    const std::string key = entry.at("key"), in = key.empty() ? "" : "key " + key + ": ";
    const auto calls = history.keys.extract(key);
    if (calls.empty()) wrong("the history has no key '" + key + "', or it is there twice");
    if (entry.size() != 2) wrong(in + "needs one of order, core and unknown");
    Key judge(model, in, calls.mapped());
    const bool order = entry.contains("order"), core = entry.contains("core");
    if (order) judge.check_order(entry["order"]);
    if (core) judge.check_core(entry["core"]), outcome = "invalid";
    if (!order && !core) undecided = in + "undecided: " + std::string(entry.at("unknown"));
  }
  if (!history.keys.empty()) wrong("key '" + history.keys.begin()->first + "' is not covered");
  if (outcome == "valid" && !undecided.empty()) untold(undecided);
  if (certificate.at("outcome") != outcome) wrong("its outcome is not what its keys show");
  return outcome;
}
// Never throws for what the two files say.
Answer verify(std::istream& history, std::istream& certificate) {
  try {
    return {0, check_all(history, Json::parse(certificate)) + ": verified"};
  } catch (const Answer& answer) { return answer; } catch (const Json::exception&) {
    return {254, "certificate: this is no clew.certificate/1"};
  }
}
}  // namespace clew_verify
#ifndef CLEW_VERIFY_LIBRARY  // Who includes this file gets verify() alone.
int main(int argc, char** argv) {
  clew_verify::Answer answer{254, "usage: clew-verify HISTORY.jsonl CERTIFICATE"};
  if (argc == 3) {
    std::ifstream history(argv[1], std::ios::binary), certificate(argv[2], std::ios::binary);
    answer.second = std::string(history ? argv[2] : argv[1]) + " cannot be opened";
    if (history && certificate) answer = clew_verify::verify(history, certificate);
  }
  std::fprintf(answer.first == 0 ? stdout : stderr, "%s\n", answer.second.c_str());
  return answer.first;
}
#endif
