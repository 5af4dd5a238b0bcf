#include <algorithm>
#include <array>
#include <unordered_map>

#include "checkers/edn.h"
#include "checkers/import_formats.h"
#include "harness/error.h"

namespace clew {
namespace {

constexpr std::array<std::string_view, 9> known{"index", "time",  "process", "type", "f",
                                                "key",   "value", "node",    "error"};

// One map after another becomes an event.
class EdnHistory {
 public:
  EdnHistory(std::string_view text, const ImportOptions& options)
      : reader_(text), fail_means_(options.fail_means), independent_(options.independent) {}

  Imported read() {
    const bool list = reader_.enter();
    Edn event;
    EdnReader::Found found{};
    while ((found = reader_.next(event)) == EdnReader::Found::form) take(event);
    if (found == EdnReader::Found::cut && list)
      throw UsageError(reader_.place(reader_.unclosed()) +
                       ": what begins here is never closed; the file ends too early");
    imported_.cut = found == EdnReader::Found::cut;
    place_in_time();
    for (const auto& name : unknown_) {
      std::string& sentence =
          imported_.lost.empty()
              ? imported_.lost.emplace_back("members that clew has no place for: ")
              : imported_.lost.back().append(", ");
      sentence += ":" + name;
    }
    if (reordered_)
      imported_.lost.emplace_back(
          "the times, which do not fit the order of events: their place in the file counts");
    return std::move(imported_);
  }

 private:
  [[noreturn]] void reject(const Edn& form, const std::string& why) const {
    reader_.reject(form.at, why);
  }

  const Edn& need(const Edn& event, std::string_view name) const {
    const Edn* member = event.find(name);
    if (member == nullptr) reject(event, "this event has no :" + std::string(name));
    return *member;
  }

  std::int64_t whole(const Edn& form, std::string_view name) const {
    if (form.kind != Edn::Kind::integer || form.integer < 0)
      reject(form, ":" + std::string(name) + " must be a whole number, 0 or more");
    return form.integer;
  }

  Kind kind_of(const Edn& form) const {
    if (form.kind == Edn::Kind::keyword)
      for (const Kind kind : {Kind::invoke, Kind::ok, Kind::fail, Kind::info})
        if (form.text == to_string(kind)) return kind;
    reject(form, ":type must be :invoke, :ok, :fail or :info");
  }

  // Keywords and strings are themselves; anything else is shown as it would be in JSON.
  static std::string text_of(const Edn* form) {
    if (form == nullptr || form->kind == Edn::Kind::nil) return {};
    const Value value = to_value(*form);
    return value.is_text() ? value.as_text() : to_json(value);
  }

  void take(const Edn& event) {
    if (event.kind != Edn::Kind::map) reject(event, "an event must be a map, as {:process 0 ...}");
    Op op{.index = static_cast<std::int64_t>(imported_.ops.size())};
    op.kind = kind_of(need(event, "type"));
    const Edn& process = need(event, "process");
    op.process = process.kind == Edn::Kind::integer
                     ? own_number_(whole(process, "process"), op.kind)
                     : nemesis_process;
    op.f = text_of(&need(event, "f"));
    if (op.f.empty()) reject(event, ":f must not be empty");
    if (const Edn* key = event.find("key")) op.key = key_of(*key);
    op.node = text_of(event.find("node"));
    op.error = text_of(event.find("error"));
    if (const Edn* value = event.find("value")) take_value(op, *value);
    take_refusal(op, event);
    take_time(event);
    note_unknown(event);
    imported_.ops.push_back(std::move(op));
  }

  // Keywords, symbols, strings and odd numbers all become text. Where that would make
  // two things one, a verdict could be wrong.
  void keep_apart(const Edn& form) {
    using Kind = Edn::Kind;
    if (form.kind == Kind::keyword || form.kind == Kind::symbol || form.kind == Kind::text ||
        form.kind == Kind::number) {
      const auto [word, fresh] = words_.emplace(form.text, form.kind);
      if (!fresh && word->second != form.kind)
        reject(form, "'" + form.text +
                         "' is written in two ways in this file (as :a, \"a\" or a), which clew "
                         "cannot tell apart; write it in one");
    }
    for (const Edn& item : form.items) keep_apart(item);
  }

  // The key 1 and the key "1" are two.
  std::string key_of(const Edn& form) {
    keep_apart(form);
    std::string key = text_of(&form);
    const auto [known_key, fresh] = keys_.emplace(key, form.kind);
    if (!fresh && known_key->second != form.kind)
      reject(form, "the key '" + key + "' is written in two ways in this file; write it in one");
    return key;
  }

  void take_value(Op& op, const Edn& value) {
    if (op.process != nemesis_process) keep_apart(value);
    if (!independent_ || op.process == nemesis_process) {
      op.value = to_value(value);
      return;
    }
    if (value.kind != Edn::Kind::list || value.items.size() != 2)
      reject(value, "--independent: this value is no [key value] tuple");
    op.key = key_of(value.items[0]);
    if (op.key.empty()) reject(value, "--independent: the key must not be nil or empty");
    op.value = to_value(value.items[1]);
  }

  // A cas that failed for a reason of its own (a timeout, no connection) saw nothing.
  // `:error nil` says that the reason is not known, "compare-failed" that it was a refusal.
  void take_refusal(Op& op, const Edn& event) const {
    if (op.kind != Kind::fail || op.f != "cas") return;
    if (event.find("error") == nullptr)
      op.error = fail_means_ == FailMeans::observed ? std::string(compare_failed) : "failed";
    else if (op.error == compare_failed && fail_means_ == FailMeans::absent)
      op.error = "failed";
  }

  void take_time(const Edn& event) {
    const Edn* index = event.find("index");
    const Edn* time = event.find("time");
    all_indexed_ = all_indexed_ && index != nullptr && index->kind == Edn::Kind::integer;
    all_timed_ = all_timed_ && time != nullptr && time->kind == Edn::Kind::integer;
    if (all_indexed_) indices_.push_back(index->integer);
    if (all_timed_) times_.push_back(time->integer);
    any_timed_ = any_timed_ || (time != nullptr && time->kind != Edn::Kind::nil);
  }

  // Events that have both an index and a time stand where their time says, as in
  // clew's own histories. Else the order of the file is the truth, as it is to Knossos,
  // and times are kept only if they say the same.
  void place_in_time() {
    std::vector<Op>& ops = imported_.ops;
    const bool ascending =
        std::adjacent_find(times_.begin(), times_.end(), std::greater_equal<>()) == times_.end();
    const bool timed = all_timed_ && (all_indexed_ || ascending);
    reordered_ = any_timed_ && !timed;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      ops[i].time = Nanos(timed ? times_[i] : static_cast<std::int64_t>(i));
      if (all_indexed_) ops[i].index = indices_[i];
    }
  }

  void note_unknown(const Edn& event) {
    for (std::size_t i = 0; i < event.items.size(); i += 2) {
      const std::string name = text_of(&event.items[i]);
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      if (unknown_.size() < 10) unknown_.insert(name);
    }
  }

  EdnReader reader_;
  std::optional<FailMeans> fail_means_;
  bool independent_;
  OwnNumbers own_number_{};
  std::unordered_map<std::string, Edn::Kind> words_{};
  std::unordered_map<std::string, Edn::Kind> keys_{};
  Imported imported_{.format = Format::edn};
  bool all_indexed_ = true;
  bool all_timed_ = true;
  bool any_timed_ = false;
  bool reordered_ = false;
  std::vector<std::int64_t> indices_{};
  std::vector<std::int64_t> times_{};
  std::set<std::string> unknown_{};
};

}  // namespace

Imported import_edn(std::string_view text, const ImportOptions& options) {
  return EdnHistory(text, options).read();
}

}  // namespace clew
