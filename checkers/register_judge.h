#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkers/normalise.h"
#include "checkers/register_stream.h"
#include "checkers/stream.h"

namespace clew {

// The stream of a register M: each key has a RegisterStream. Keys that go out of use
// are put to rest, and then cost little.
template <Model M>
requires KnowsRegister<M>
class RegisterJudge final : public Stream {
 public:
  // `awake`: more keys than that are not expected to be in use at a time.
  explicit RegisterJudge(FailMeans fail_means, const RegisterStream::Pace& pace = {},
                         std::size_t awake = 64)
      : fail_means_(fail_means), pace_(pace), awake_most_(awake) {}

  void feed(const Op& op) override {
    if (op.process < 0) return;
    if (op.kind == Kind::invoke) return invoke(op);
    const auto it = open_.find(op.process);
    if (it == open_.end()) return;
    complete(op, it->second);
    open_.erase(it);
  }

  void finish() override {
    for (auto& [process, call] : open_)
      call.key->stream.lose(call.number, M::as_register(call.input, nullptr));
    open_.clear();
    for (auto& [name, key] : keys_) {
      key->stream.rest();
      look_at(*key);
    }
  }

  Outcome outcome() const override {
    return violation_ ? Outcome::invalid : unsure_ ? Outcome::unknown : Outcome::valid;
  }
  const std::optional<Violation>& violation() const override { return violation_; }
  std::uint64_t judged() const override { return judged_; }
  std::size_t bytes() const override {
    std::size_t sum = 0;
    for (const auto& [name, key] : keys_)
      sum += sizeof(Key) + 64 + key->stream.bytes() + key->values.bytes();
    return sum;
  }

 private:
  static constexpr Nanos look_every = std::chrono::milliseconds(250);
  static constexpr Nanos look_back = std::chrono::milliseconds(500);

  struct Key {
    Key(std::string key, const Budget& budget, const RegisterStream::Pace& pace)
        : name(std::move(key)), stream(budget, pace) {}
    std::string name;
    RegisterStream stream;
    Values values{};
    std::size_t crowded = 256;  // So many values are worth a cleaning.
    std::uint64_t used = 0;     // When it was invoked last.
    std::uint64_t judged = 0;
    bool awake = false, told = false;
  };
  struct Open {
    Key* key = nullptr;
    std::uint64_t number = 0;
    typename M::Input input{};
  };

  void invoke(const Op& op) {
    Key& key = key_of(op.key);
    auto input = M::parse_input(op, key.values);
    if (!input) refuse_function(op, M::name, M::functions);
    open_[op.process] = {&key, key.stream.invoke(op.time.count()), *input};
    key.used = ++clock_;
    if (op.time >= next_look_) look_around(op.time);
    if (!key.awake) {
      key.awake = true;
      awake_.push_back(&key);
      if (awake_.size() > awake_most_) put_to_rest(op.time);
    }
  }

  void complete(const Op& op, Open& call) {
    Key& key = *call.key;
    bool absent = false;
    const auto answer = answer_of<M>(call.input, op, fail_means_, key.values, absent);
    const RegisterAct act = M::as_register(call.input, answer ? &*answer : nullptr);
    if (absent) {
      key.stream.drop(call.number);
    } else if (answer) {
      key.stream.answer(call.number, act, op.time.count());
    } else {
      key.stream.lose(call.number, act);
    }
    look_at(key);
    if (key.values.count() > key.crowded) clean(key);
  }

  // Keys that are not busy enough to go on by themselves.
  void look_around(Nanos now) {
    next_look_ = now + look_every;
    for (Key* key : awake_) {
      key->stream.catch_up((now - look_back).count());
      look_at(*key);
    }
  }

  Key& key_of(const std::string& name) {
    if (last_ && last_->name == name) return *last_;
    auto& key = keys_[name];
    if (!key) key = std::make_unique<Key>(name, budget_, pace_);
    last_ = key.get();
    return *key;
  }

  void look_at(Key& key) {
    judged_ += key.stream.judged() - key.judged;
    key.judged = key.stream.judged();
    if (key.told || key.stream.state() == RegisterStream::State::alive) return;
    key.told = true;
    unsure_ |= key.stream.state() == RegisterStream::State::unsure;
    if (key.stream.state() == RegisterStream::State::dead && !violation_)
      violation_ = Violation{key.name, Nanos(key.stream.died_at())};
  }

  // The key that was out of use for longest. One that is still in use goes to the end.
  void put_to_rest(Nanos now) {
    std::size_t oldest = 0;
    for (std::size_t i = 1; i < awake_.size(); ++i)
      if (awake_[i]->stream.idle() &&
          (!awake_[oldest]->stream.idle() || awake_[i]->used < awake_[oldest]->used))
        oldest = i;
    Key& key = *awake_[oldest];
    if (!key.stream.idle()) return;
    key.stream.rest(now.count());
    look_at(key);
    clean(key);
    key.awake = false;
    awake_[oldest] = awake_.back();
    awake_.pop_back();
  }

  void clean(Key& key) {
    std::vector<std::uint8_t> live(key.values.size());
    key.stream.mark_live(live);
    for (const auto& [process, call] : open_) {
      if (call.key != &key) continue;
      const RegisterAct act = M::as_register(call.input, nullptr);
      live[act.from] = live[act.to] = 1;
    }
    if (key.stream.asleep()) {
      key.stream.rename(key.values.compact(live));
    } else {
      key.values.keep(live);
    }
    key.crowded = std::max<std::size_t>(256, key.values.count() * 2);
  }

  const FailMeans fail_means_;
  const RegisterStream::Pace pace_;
  const std::size_t awake_most_;
  const Budget budget_{};
  std::unordered_map<std::string, std::unique_ptr<Key>> keys_;
  std::unordered_map<std::int64_t, Open> open_;  // By process.
  std::vector<Key*> awake_;
  Key* last_ = nullptr;
  std::optional<Violation> violation_;
  bool unsure_ = false;
  Nanos next_look_{};
  std::uint64_t clock_ = 0, judged_ = 0;
};

}  // namespace clew
