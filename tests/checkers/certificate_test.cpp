#include "checkers/certificate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/rw_register.h"
#include "harness/history_file.h"
#include "harness/rng.h"
#include "tests/support/random_history.h"
#include "tests/support/timeline.h"
#include "tests/support/verifier.h"

namespace clew {
namespace {

std::string file_of(std::span<const Op> ops) {
  std::string out;
  for (const Op& op : ops) append_history_line(out, op);
  return out;
}

// A history file, its verdict, and what clew-verify says of the two.
class Certified {
 public:
  explicit Certified(std::vector<Op> ops, FailMeans fail_means = FailMeans::observed)
      : file(file_of(ops)), fail_means_(fail_means), events_(ops.size()) {
    Limits limits;
    limits.threads = 1;
    limits.proofs = true;
    LinearizableOptions options;
    options.fail_means = fail_means;
    verdict = linearizable<CasRegister>(options)->check(History(std::move(ops)), limits, {});
  }
  explicit Certified(std::string_view picture, FailMeans fail_means = FailMeans::observed)
      : Certified(drawn(picture), fail_means) {}

  std::string certificate() const { return certificate_of(verdict); }
  testing::Verified verify() const { return testing::verified(file, certificate()); }
  testing::Verified verify(const Verdict& tampered) const {
    return testing::verified(file, certificate_of(tampered));
  }
  testing::Verified verify(std::vector<std::int64_t> calls) const {
    Verdict tampered = verdict;
    tampered.proofs.at(0).calls = std::move(calls);
    return verify(tampered);
  }

  std::string file;
  Verdict verdict;

 private:
  static std::vector<Op> drawn(std::string_view picture) {
    const History history = testing::draw(picture);
    std::vector<Op> ops(history.ops().begin(), history.ops().end());
    std::stable_sort(ops.begin(), ops.end(),
                     [](const Op& a, const Op& b) { return a.index < b.index; });
    return ops;
  }
  std::string certificate_of(const Verdict& v) const {
    return certificate_json(v, {"history.jsonl", events_, fnv1a64(file)}, fail_means_);
  }

  FailMeans fail_means_;
  std::size_t events_;
};

using Calls = std::vector<std::int64_t>;

constexpr const char* valid_picture = R"(
    p0  |-write 1-|  |-write 2-|
    p1                            |-read 2-| |-cas 2->3-|
    p2                                                     |-cas 1->4 refused-|  )";
constexpr const char* invalid_picture = R"(
    p0  |-write 1-| |-write 2-|
    p1                           |-read 1-|  )";

TEST(Certificate, AnOrderIsAccepted) {
  const Certified it(valid_picture);
  EXPECT_EQ(it.verdict.proofs.at(0).calls, (Calls{0, 2, 4, 6, 8}));
  EXPECT_EQ(it.verify().line, "valid: verified");
}

TEST(Certificate, ACoreIsAccepted) {
  const Certified it(invalid_picture);
  EXPECT_EQ(it.verdict.proofs.at(0).calls, (Calls{0, 2, 4}));
  EXPECT_EQ(it.verify().line, "invalid: verified");
}

TEST(Certificate, TwoCallsInTheWrongOrderAreRefused) {
  const Certified it(valid_picture);
  const auto told = it.verify(Calls{2, 0, 4, 6, 8});
  EXPECT_EQ(told.code, 1);
  EXPECT_EQ(told.line, "does not hold: event 0 returned before event 2 began, but comes after");
}

TEST(Certificate, AnAnswerThatTheModelDoesNotGiveIsRefused) {
  // All at once, so that only the answers forbid an order.
  const Certified it(R"(
    p0  |-write 1-----|
    p1   |-write 2-----|
    p2    |-read 2-------|  )");
  const Calls calls = it.verdict.proofs.at(0).calls;
  const auto told = it.verify(Calls{calls[2], calls[0], calls[1]});
  EXPECT_EQ(told.code, 1);
  EXPECT_NE(told.line.find("would get another answer"), std::string::npos) << told.line;
}

TEST(Certificate, ACallLeftOutIsRefused) {
  const Certified it(valid_picture);
  EXPECT_EQ(it.verify(Calls{0, 2, 4, 6}).line, "does not hold: event 8 is left out");
  EXPECT_EQ(it.verify(Calls{2, 4, 6, 8}).line, "does not hold: event 0 is left out");
}

TEST(Certificate, ACallTwiceIsRefused) {
  const Certified it(valid_picture);
  EXPECT_EQ(it.verify(Calls{0, 2, 4, 4, 6, 8}).line, "does not hold: event 4 is there twice");
}

TEST(Certificate, AFailedCallIsRefused) {
  const Certified it(valid_picture, FailMeans::absent);
  EXPECT_EQ(it.verify().code, 0);
  EXPECT_EQ(it.verify(Calls{0, 2, 4, 6, 8}).line,
            "does not hold: event 8 failed: it never happened");
}

TEST(Certificate, AnEventThatBeginsNoCallIsRefused) {
  const Certified it(valid_picture);
  EXPECT_EQ(it.verify(Calls{0, 1, 2, 4, 6, 8}).code, 1);
  EXPECT_EQ(it.verify(Calls{0, 2, 4, 6, 8, 99}).code, 1);
  EXPECT_EQ(it.verify(Calls{-1}).code, 1);
}

TEST(Certificate, ACoreWithoutOneOfItsCallsIsRefused) {
  const Certified it(invalid_picture);
  EXPECT_EQ(it.verify(Calls{0, 2}).line, "does not hold: the core has an order");
  EXPECT_EQ(it.verify(Calls{0, 4}).line, "does not hold: the core has an order");
  EXPECT_EQ(it.verify(Calls{}).line, "does not hold: the core is empty");
  // Not tampering but a shorter proof: write 1 was certainly overwritten, and nobody else wrote 1.
  EXPECT_EQ(it.verify(Calls{2, 4}).code, 0);
}

TEST(Certificate, ACoreWithoutTheWriterOfWhatWasReadIsNotVerified) {
  const Certified it(valid_picture);
  Verdict tampered = it.verdict;
  tampered.outcome = tampered.proofs.at(0).outcome = Outcome::invalid;
  tampered.proofs.at(0).calls = {0, 4};  // write 1, read 2.
  const auto told = it.verify(tampered);
  EXPECT_EQ(told.code, 2);
  EXPECT_EQ(told.line, "not verified: calls that the core leaves out might explain it");
}

TEST(Certificate, AnotherModelIsRefused) {
  const Certified it(valid_picture);
  Verdict tampered = it.verdict;
  tampered.model = "register";
  EXPECT_EQ(it.verify(tampered).code, 1);
  tampered.model = "no-such-model";
  EXPECT_EQ(it.verify(tampered).code, 2);
}

TEST(Certificate, AnotherMeaningOfFailIsRefused) {
  const Certified it(valid_picture);
  std::string certificate = it.certificate();
  certificate.replace(certificate.find("observed"), 8, "absent");
  EXPECT_EQ(testing::verified(it.file, certificate).code, 1);
}

TEST(Certificate, AnotherOutcomeIsRefused) {
  const Certified it(valid_picture);
  Verdict tampered = it.verdict;
  tampered.outcome = Outcome::invalid;
  EXPECT_EQ(it.verify(tampered).line, "does not hold: its outcome is not what its keys show");
}

TEST(Certificate, AHistoryThatDiffersByOneByteIsRefused) {
  const Certified it(valid_picture);
  for (std::size_t at = 0; at < it.file.size(); at += 7) {
    std::string file = it.file;
    file[at] = file[at] == '1' ? '2' : '1';
    EXPECT_NE(testing::verified(file, it.certificate()).code, 0) << file;
  }
  EXPECT_EQ(testing::verified(it.file + "\n", it.certificate()).line,
            "does not hold: it was made for another history than this");
}

TEST(Certificate, ACertificateCutAnywhereIsRefused) {
  const Certified it(valid_picture);
  const std::string whole = it.certificate();
  for (std::size_t size = 0; size + 2 < whole.size(); ++size)
    EXPECT_EQ(testing::verified(it.file, whole.substr(0, size)).code, 254) << size;
}

TEST(Certificate, EveryKeyMustBeCoveredOnce) {
  Rng rng(5);
  testing::Shape shape;
  shape.calls = 20;
  shape.keys = 2;
  shape.lies = false;
  const Certified it(testing::random_history(rng, shape));
  ASSERT_EQ(it.verdict.proofs.size(), 2U);
  ASSERT_EQ(it.verify().line, "valid: verified");
  Verdict tampered = it.verdict;
  tampered.proofs.pop_back();
  EXPECT_EQ(it.verify(tampered).line, "does not hold: key 'k1' is not covered");
  tampered.proofs.push_back(tampered.proofs[0]);
  EXPECT_EQ(it.verify(tampered).line,
            "does not hold: the history has no key 'k0', or it is there twice");
  tampered.proofs.back().key = "k2";
  EXPECT_EQ(it.verify(tampered).line,
            "does not hold: the history has no key 'k2', or it is there twice");
}

TEST(Certificate, AKeyThatNobodyDecidedLeavesTheWholeUndecided) {
  const Certified it(valid_picture);
  Verdict tampered = it.verdict;
  tampered.outcome = tampered.proofs.at(0).outcome = Outcome::unknown;
  tampered.proofs.at(0).cause = "time limit";
  const auto told = it.verify(tampered);
  EXPECT_EQ(told.code, 2);
  EXPECT_EQ(told.line, "not verified: undecided: time limit");
}

TEST(Certificate, IsOnlyMadeWhenAskedFor) {
  EXPECT_TRUE(
      linearizable<CasRegister>()->check(testing::draw(valid_picture), {}, {}).proofs.empty());
}

// Whatever random change a certificate suffers, it is refused, unless what it then says is
// true, too: then an order is one that the checker's own replay would accept.
TEST(Certificate, RandomChangesAreRefused) {
  std::size_t refused = 0, tried = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Rng rng = Rng::stream(77, std::to_string(i));
    testing::Shape shape = testing::random_shape(rng);
    shape.keys = 1;
    const std::vector<Op> ops = testing::random_history(rng, shape);
    const Certified it(ops);
    ASSERT_EQ(it.verify().code, 0) << it.verify().line << "\n" << it.file << it.certificate();
    if (it.verdict.outcome != Outcome::valid) continue;
    Calls calls = it.verdict.proofs.at(0).calls;
    if (calls.size() < 2) continue;
    const std::size_t a = rng.below(calls.size()), b = rng.below(calls.size());
    switch (rng.below(3)) {
      case 0: std::swap(calls[a], calls[b]); break;
      case 1: calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(a)); break;
      default: calls[a] = ops[rng.below(ops.size())].index; break;
    }
    if (calls == it.verdict.proofs.at(0).calls) continue;
    ++tried;
    // What the checker itself thinks of the changed order.
    const History history(ops);
    const auto key = normalise<CasRegister>(history, partition(history).at(0), FailMeans::observed);
    std::vector<CallId> order;
    bool known = true;
    for (const std::int64_t index : calls) {
      const auto call = std::find_if(key.calls.begin(), key.calls.end(), [&](const auto& c) {
        return history.ops()[c.op].index == index;
      });
      known = known && call != key.calls.end();
      order.push_back(static_cast<CallId>(call - key.calls.begin()));
    }
    // Calls that cannot matter are unknown to the checker; such orders are not compared.
    const auto told = it.verify(calls);
    if (!known) continue;
    EXPECT_EQ(told.code == 0, explains<CasRegister>(key.calls, order)) << told.line;
    refused += told.code != 0;
  }
  EXPECT_GT(tried, 500U);
  EXPECT_GT(refused, tried / 2);
}

// A part of a valid history never passes for a core.
TEST(Certificate, NoPartOfAValidHistoryIsACore) {
  std::size_t tried = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    Rng rng = Rng::stream(78, std::to_string(i));
    testing::Shape shape = testing::random_shape(rng);
    shape.keys = 1;
    const std::vector<Op> ops = testing::random_history(rng, shape);
    const Certified it(ops);
    if (it.verdict.outcome != Outcome::valid) continue;
    for (int again = 0; again < 8; ++again) {
      Calls some;
      for (const Op& op : ops)
        if (op.kind == Kind::invoke && rng.chance(0.6)) some.push_back(op.index);
      Verdict tampered = it.verdict;
      tampered.outcome = tampered.proofs.at(0).outcome = Outcome::invalid;
      tampered.proofs.at(0).calls = some;
      const auto told = it.verify(tampered);
      ASSERT_NE(told.code, 0) << told.line << "\n" << it.file << it.verify(some).line;
      tried += told.code == 2;  // The part has no order, but the verifier saw through it.
    }
  }
  EXPECT_GT(tried, 500U);
}

}  // namespace
}  // namespace clew
