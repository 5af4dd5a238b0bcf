// clew-verify HISTORY.jsonl CERTIFICATE: does the certificate that `clew check --certificate`
// wrote hold for this history?
//
// Shares no line with the checker: it reads the history by itself, knows the models by
// itself, and never searches for an order of the whole. So who trusts this file, and not the
// checker, can trust what it says. checkers/verify/README.md has the argument.
//
// Exit codes: 0 it holds, 1 it does not, 2 cannot be told, 254 bad usage or unreadable.
// A program that includes this file with CLEW_VERIFY_LIBRARY defined gets verify() alone.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <istream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace clew_verify {

using Json = nlohmann::ordered_json;  // The order of members tells values apart, as in clew.
using Time = std::int64_t;
constexpr Time never = std::numeric_limits<Time>::max();

struct Answer {
  int code = 0;
  std::string line{};
};
// Ends the verification with this answer.
struct Stop : std::runtime_error {
  Stop(int c, const std::string& line) : std::runtime_error(line), code(c) {}
  int code;
};
[[noreturn]] void wrong(const std::string& why) { throw Stop(1, "does not hold: " + why); }
[[noreturn]] void untold(const std::string& why) { throw Stop(2, "not verified: " + why); }
[[noreturn]] void unreadable(const std::string& why) { throw Stop(254, why); }

// What a client knows about its call. A failed one never happened; a refused one is a failed
// one that tells something: the comparison did not hold.
enum class End { ok, refused, failed, unknown };

struct Call {
  std::int64_t index = 0;  // Of its invocation in the history.
  Time inv = 0, ret = never;
  End end = End::unknown;
  std::string f{};
  Json asked{}, answer{};

  bool known() const { return end == End::ok || end == End::refused; }
  bool before(const Call& other) const { return known() && ret < other.inv; }
};
std::string name(const Call& call) { return "event " + std::to_string(call.index); }

// Typed: 42, 42.0 and "42" are three values.
bool same(const Json& a, const Json& b) {
  if (a.is_number_integer() && b.is_number_integer()) return a == b;
  return a.type() == b.type() && a.dump() == b.dump();
}

// ---- The models: plain sequential programs ----

// What a call on a single register saw and left behind; null where it did neither.
struct Act {
  const Json *from = nullptr, *to = nullptr;
};

struct Model {
  std::set<std::string> functions;
  // A failed call of this function, with the error compare-failed, is an observation.
  std::set<std::string> refusable;
  Json initial;
  // Lets the call take effect. Whether it gets the answer that was seen; of an unknown one: yes.
  bool (*run)(Json& state, const Call& call);
  // Changes no state in which it gets its answer.
  bool (*pure)(const Call& call);
  Act (*act)(const Call& call) = nullptr;  // Of models of one register that starts as nil.
};

bool is_read(const Call& call) { return call.f == "read" || call.end == End::refused; }

bool run_register(Json& state, const Call& call) {
  if (call.f == "read") return !call.known() || same(state, call.answer);
  if (call.f == "write") return state = call.asked, true;
  const bool hit = same(state, call.asked.at(0));
  if (hit) state = call.asked.at(1);
  return !call.known() || hit == (call.end == End::ok);
}
bool pure_register(const Call& call) {
  return is_read(call) || (call.f == "cas" && same(call.asked.at(0), call.asked.at(1)));
}
Act act_register(const Call& call) {
  if (call.f == "read") return {call.known() ? &call.answer : nullptr, nullptr};
  if (call.f == "write") return {nullptr, &call.asked};
  return {&call.asked.at(0), pure_register(call) ? nullptr : &call.asked.at(1)};
}

const Model& model_named(const std::string& wanted) {
  static const std::map<std::string, Model> models{
      {"register", {{"read", "write"}, {}, {}, run_register, pure_register, act_register}},
      {"cas-register",
       {{"read", "write", "cas"}, {"cas"}, {}, run_register, pure_register, act_register}},
  };
  const auto it = models.find(wanted);
  if (it == models.end()) untold("the model '" + wanted + "' is not known here");
  return it->second;
}

// ---- The history ----

struct History {
  std::int64_t events = 0;
  std::string hash{};                               // FNV-1a, 64 bits, of the file's bytes.
  std::map<std::string, std::vector<Call>> keys{};  // By key, in the order of the file.
};

class Reader {
 public:
  Reader(const Model& model, bool refusals) : model_(model), refusals_(refusals) {}

  History read(std::istream& in) {
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
      const bool whole = !in.eof();
      digest(line, whole);
      if (!whole || line.empty()) continue;  // A last line without its end is no event.
      try {
        event(Json::parse(line));
      } catch (const Json::exception&) {
        unreadable("history: line " + std::to_string(number) + " is no event");
      }
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash_));
    out_.hash = text;
    return std::move(out_);
  }

 private:
  struct Open {
    std::string key;
    std::size_t place;
  };

  void digest(const std::string& line, bool whole) {
    const auto add = [this](char c) {
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    };
    for (const char c : line) add(c);
    if (whole) add('\n');
  }

  void event(Json&& line) {
    ++out_.events;
    const Json& process = line.at("process");
    if (process == "nemesis") return;
    const auto index = line.at("index").get<std::int64_t>();
    const auto time = line.at("time").get<Time>();
    const auto number = process.get<std::int64_t>();
    const auto type = line.at("type").get<std::string>();
    const std::string at = "history: event " + std::to_string(index) + ": ";
    const std::string key = text(line, "key");
    Json value = line.contains("value") ? std::move(line["value"]) : Json();
    if (type == "invoke") {
      if (retired_.count(number)) unreadable(at + "its process is gone");
      auto& calls = out_.keys[key];
      if (!open_.emplace(number, Open{key, calls.size()}).second)
        unreadable(at + "its process has another call open");
      if (!seen_.insert(index).second) unreadable(at + "its index is there twice");
      Call& call = calls.emplace_back();
      call.index = index, call.inv = time;
      call.f = text(line, "f"), call.asked = std::move(value);
      const bool makes_sense = call.f != "cas" || (call.asked.is_array() && call.asked.size() == 2);
      if (!model_.functions.count(call.f) || !makes_sense)
        wrong("the model has no such call as that of event " + std::to_string(index));
      return;
    }
    const auto it = open_.find(number);
    if (it == open_.end()) unreadable(at + "it completes nothing");
    Call& call = out_.keys[it->second.key][it->second.place];
    if (it->second.key != key || call.f != text(line, "f") || time < call.inv)
      unreadable(at + "it does not fit its invocation");
    open_.erase(it);
    if (type == "info") {
      retired_.insert(number);
    } else if (type == "ok") {
      call.end = End::ok, call.ret = time, call.answer = std::move(value);
    } else if (type == "fail") {
      const bool tells = refusals_ && model_.refusable.count(call.f) > 0;
      call.end = tells && text(line, "error") == "compare-failed" ? End::refused : End::failed;
      call.ret = time;
    } else {
      unreadable(at + "its type is none");
    }
  }

  static std::string text(const Json& line, const char* member) {
    const auto it = line.find(member);
    return it == line.end() || it->is_null() ? "" : it->get<std::string>();
  }

  const Model& model_;
  const bool refusals_;
  History out_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::unordered_map<std::int64_t, Open> open_;
  std::unordered_set<std::int64_t> retired_, seen_;
};

// ---- One key ----

class Key {
 public:
  Key(const Model& model, const std::string& key, const std::vector<Call>& calls)
      : model_(model), in_(key.empty() ? "" : "key " + key + ": "), calls_(calls) {
    for (std::size_t i = 0; i < calls.size(); ++i) place_[calls[i].index] = i;
  }

  // Every known call once, unknown ones at most once, nothing before what returned before it
  // began, and the program gives every answer that was seen.
  void check_order(const Json& order) const {
    std::vector<char> taken(calls_.size(), 0);
    Json state = model_.initial;
    Time latest = std::numeric_limits<Time>::min();
    const Call* later = nullptr;
    for (const Call* call : chosen(order, taken)) {
      if (call->known() && call->ret < latest)
        wrong(in_ + name(*call) + " returned before " + name(*later) + " began, but comes after");
      if (call->inv > latest) latest = call->inv, later = call;
      if (!model_.run(state, *call)) wrong(in_ + name(*call) + " would get another answer");
    }
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if (calls_[i].known() && !taken[i]) wrong(in_ + name(calls_[i]) + " is left out");
  }

  // The calls of the core have no order, and what is left out cannot be what they lack.
  void check_core(const Json& core) const {
    std::vector<char> in(calls_.size(), 0);
    std::vector<const Call*> calls = chosen(core, in);
    if (calls.empty()) wrong(in_ + "the core is empty");
    std::sort(calls.begin(), calls.end(),
              [](const Call* a, const Call* b) { return a->inv < b->inv; });
    if (Orders(model_, calls).any()) wrong(in_ + "the core has an order");
    if (model_.act != nullptr && has_all_sources(calls, in)) return;
    if (has_all_before(calls, in)) return;
    untold(in_ + "calls that the core leaves out might explain it");
  }

 private:
  // The calls that the certificate names, each of which may have happened, none twice.
  std::vector<const Call*> chosen(const Json& indexes, std::vector<char>& taken) const {
    std::vector<const Call*> out;
    for (const Json& index : indexes) {
      const auto it = place_.find(index.get<std::int64_t>());
      if (it == place_.end()) wrong(in_ + "event " + index.dump() + " begins no call of the key");
      const Call& call = calls_[it->second];
      if (call.end == End::failed) wrong(in_ + name(call) + " failed: it never happened");
      if (std::exchange(taken[it->second], 1)) wrong(in_ + name(call) + " is there twice");
      out.push_back(&call);
    }
    return out;
  }

  // All orders of a few calls, each state of affairs once.
  class Orders {
   public:
    Orders(const Model& model, const std::vector<const Call*>& calls)
        : model_(model), calls_(calls), taken_(calls.size(), '0') {}

    bool any() {
      std::size_t known = 0;
      for (const Call* call : calls_) known += call->known();
      return search(model_.initial, known);
    }

   private:
    bool search(const Json& state, std::size_t left) {
      if (left == 0) return true;
      if (!been_.insert(taken_ + state.dump()).second) return false;
      if ((work_ += calls_.size()) > 200'000'000) untold("the core has too many orders to try");
      Time first_end = never;
      for (std::size_t i = 0; i < calls_.size(); ++i)
        if (taken_[i] == '0' && calls_[i]->known()) first_end = std::min(first_end, calls_[i]->ret);
      for (std::size_t i = 0; i < calls_.size() && calls_[i]->inv <= first_end; ++i) {
        if (taken_[i] != '0') continue;
        Json next = state;
        if (!model_.run(next, *calls_[i]) || (!calls_[i]->known() && next == state)) continue;
        taken_[i] = '1';
        if (search(next, left - calls_[i]->known())) return true;
        taken_[i] = '0';
      }
      return false;
    }

    const Model& model_;
    const std::vector<const Call*>& calls_;
    std::string taken_;
    std::unordered_set<std::string> been_;
    std::size_t work_ = 0;
  };

  // Of a register: whoever may have written last before a call of the core got its answer is in
  // the core. Then an order of the whole, less all other calls, would be an order of the core.
  bool has_all_sources(const std::vector<const Call*>& core, const std::vector<char>& in) const {
    for (const Call* seer : core) {
      const Act seen = model_.act(*seer);
      if (seen.from == nullptr) continue;
      // What returned before this was overwritten when the seer began: by a call that had
      // begun later and returned already.
      Time overwritten = std::numeric_limits<Time>::min();
      for (const Call& call : calls_)
        if (call.end == End::ok && model_.act(call).to != nullptr && call.before(*seer))
          overwritten = std::max(overwritten, call.inv);
      for (std::size_t i = 0; i < calls_.size(); ++i) {
        const Call& call = calls_[i];
        if (in[i] || call.end == End::failed || call.end == End::refused) continue;
        const Act act = model_.act(call);
        if (act.to == nullptr || same(*act.to, *seen.from) == (seer->end == End::refused)) continue;
        const bool too_late = seer->before(call);
        const bool too_early = call.known() && call.ret < overwritten;
        if (!too_late && !too_early) return false;
      }
    }
    return true;
  }

  // Of any model: all that began before the core's last return is in it, but for calls that
  // change nothing. An order of the whole, cut where the last known call of the core took effect,
  // would be an order of the core.
  bool has_all_before(const std::vector<const Call*>& core, const std::vector<char>& in) const {
    Time end = std::numeric_limits<Time>::min();
    for (const Call* call : core)
      if (call->known()) end = std::max(end, call->ret);
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if (!in[i] && calls_[i].end != End::failed && calls_[i].inv <= end && !model_.pure(calls_[i]))
        return false;
    return true;
  }

  const Model& model_;
  const std::string in_;
  const std::vector<Call>& calls_;
  std::unordered_map<std::int64_t, std::size_t> place_;
};

// ---- The certificate ----

std::string check_all(std::istream& history_file, const Json& certificate) {
  if (certificate.at("schema") != "clew.certificate/1")
    unreadable("certificate: its schema is not clew.certificate/1");
  const auto fail_means = certificate.at("fail-means").get<std::string>();
  if (fail_means != "observed" && fail_means != "absent")
    unreadable("certificate: its fail-means is neither observed nor absent");
  const Model& model = model_named(certificate.at("model").get<std::string>());
  const History history = Reader(model, fail_means == "observed").read(history_file);
  const Json& reference = certificate.at("history");
  if (reference.at("fnv1a64") != history.hash || reference.at("events") != history.events)
    wrong("it was made for another history than this");
  std::set<std::string> told;
  std::string outcome = "valid", undecided;
  for (const Json& entry : certificate.at("keys")) {
    const auto key = entry.at("key").get<std::string>();
    const auto it = history.keys.find(key);
    if (it == history.keys.end()) wrong("the history has no key '" + key + "'");
    if (!told.insert(key).second) wrong("key '" + key + "' is there twice");
    if (entry.size() != 2) wrong("key '" + key + "' needs one of order, core and unknown");
    const Key judge(model, key, it->second);
    if (entry.contains("order")) {
      judge.check_order(entry.at("order"));
    } else if (entry.contains("core")) {
      judge.check_core(entry.at("core"));
      outcome = "invalid";
    } else {
      undecided = "key '" + key + "' is undecided: " + entry.at("unknown").get<std::string>();
    }
  }
  for (const auto& [key, calls] : history.keys)
    if (!told.count(key)) wrong("key '" + key + "' is not covered");
  if (outcome == "valid" && !undecided.empty()) untold(undecided);
  if (certificate.at("outcome") != outcome) wrong("its outcome is not what its keys show");
  return outcome;
}

// Never throws for what the two files say.
Answer verify(std::istream& history, std::istream& certificate) {
  try {
    return {0, check_all(history, Json::parse(certificate)) + ": verified"};
  } catch (const Stop& stop) { return {stop.code, stop.what()}; } catch (const Json::exception&) {
    return {254, "certificate: this is no clew.certificate/1"};
  }
}

}  // namespace clew_verify

#ifndef CLEW_VERIFY_LIBRARY
int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: clew-verify HISTORY.jsonl CERTIFICATE\n", stderr);
    return 254;
  }
  std::ifstream history(argv[1], std::ios::binary), certificate(argv[2], std::ios::binary);
  for (int i = 1; i < 3; ++i) {
    if (i == 1 ? history.good() : certificate.good()) continue;
    std::fprintf(stderr, "clew-verify: %s cannot be opened\n", argv[i]);
    return 254;
  }
  const clew_verify::Answer answer = clew_verify::verify(history, certificate);
  std::fprintf(answer.code == 0 ? stdout : stderr, "%s%s\n",
               answer.code == 0 ? "" : "clew-verify: ", answer.line.c_str());
  return answer.code;
}
#endif
