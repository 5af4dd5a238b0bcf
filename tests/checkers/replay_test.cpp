#include "checkers/replay.h"

#include <gtest/gtest.h>

#include "checkers/models/cas_register.h"

namespace clew {
namespace {

using Input = CasRegister::Input;
using Verb = CasRegister::Verb;

Call<CasRegister> call(Position inv, Position ret, Input input, Atom found = nil_atom) {
  Call<CasRegister> out;
  out.inv = inv;
  out.ret = ret;
  out.input = input;
  out.output.found = found;
  return out;
}

constexpr Atom one = 1, two = 2;
const Input read{};
const Input write_one{Verb::write, nil_atom, one};
const Input write_two{Verb::write, nil_atom, two};

TEST(Replay, AcceptsAnOrderThatTheModelAnswersLikeThis) {
  EXPECT_TRUE(explains<CasRegister>({call(0, 1, write_one), call(2, 3, read, one)}, {0, 1}));
}

TEST(Replay, RefusesAnOrderAgainstTime) {
  // Legal for the register, but the read had returned before the write began.
  EXPECT_FALSE(explains<CasRegister>({call(0, 1, read, one), call(2, 3, write_one)}, {1, 0}));
  EXPECT_TRUE(explains<CasRegister>({call(0, 2, read, one), call(1, 3, write_one)}, {1, 0}));
}

TEST(Replay, RefusesAnOrderAgainstTimeAcrossOtherCalls) {
  // The read had returned before the first of the order began, not before the one next to it.
  const std::vector<Call<CasRegister>> calls{call(0, 5, write_one), call(1, 2, read, one),
                                             call(3, 4, write_two)};
  EXPECT_FALSE(explains<CasRegister>(calls, {2, 0, 1}));
}

TEST(Replay, RefusesAnAnswerThatTheModelDoesNotGive) {
  EXPECT_FALSE(explains<CasRegister>({call(0, 1, write_one), call(2, 3, read, two)}, {0, 1}));
}

TEST(Replay, EveryKnownCallMustComeOnceAndAnUnknownOneAtMostOnce) {
  const std::vector<Call<CasRegister>> calls{call(0, 2, write_one), call(1, never, write_two)};
  EXPECT_TRUE(explains<CasRegister>(calls, {0}));
  EXPECT_TRUE(explains<CasRegister>(calls, {0, 1}));
  EXPECT_FALSE(explains<CasRegister>(calls, {1}));
  EXPECT_FALSE(explains<CasRegister>(calls, {0, 0}));
  EXPECT_FALSE(explains<CasRegister>(calls, {0, 1, 1}));
  EXPECT_FALSE(explains<CasRegister>(calls, {0, 2}));
}

}  // namespace
}  // namespace clew
