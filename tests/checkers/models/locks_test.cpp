#include "tests/checkers/models/judged.h"

namespace clew::testing {
namespace {

const std::string busy(compare_failed);

TEST(Mutex, IsHeldByOneAtATime) {
  accepts("mutex", {{0, 1, 2, "acquire"}, {0, 3, 4, "release"}, {1, 2, 5, "acquire"}});
  rejects("mutex", {{0, 1, 2, "acquire"}, {1, 3, 4, "acquire"}}, "two-holders");
}

TEST(Mutex, IsReleasedByAnybodyButNotWhenItIsFree) {
  accepts("mutex", {{0, 1, 2, "acquire"}, {1, 3, 4, "release"}});
  rejects("mutex", {{0, 1, 2, "release"}});
}

TEST(Mutex, ThatIsFreeIsNotRefused) {
  accepts("mutex", {{0, 1, 2, "acquire"}, {1, 3, 4, "acquire", {}, {}, Kind::fail, busy}});
  accepts("mutex", {{0, 1, 2, "acquire"}, {1, 3, 4, "acquire", {}, false}});
  rejects("mutex", {{0, 1, 2, "acquire", {}, {}, Kind::fail, busy}});
  accepts("mutex", {{0, 1, 2, "acquire", {}, {}, Kind::fail, "never sent"}});
}

TEST(Mutex, MayHaveBeenReleasedByACallOfUnknownOutcome) {
  accepts("mutex",
          {{0, 1, 2, "acquire"}, {0, 3, 4, "release", {}, {}, Kind::info}, {1, 9, 10, "acquire"}});
  rejects("mutex",
          {{0, 1, 2, "acquire"}, {1, 5, 6, "acquire"}, {0, 7, 8, "release", {}, {}, Kind::info}},
          "two-holders");
}

TEST(OwnerMutex, IsReleasedByItsHolderAlone) {
  accepts("owner-mutex", {{0, 1, 2, "acquire"}, {0, 3, 4, "release"}, {1, 5, 6, "acquire"}});
  rejects("owner-mutex", {{0, 1, 2, "acquire"}, {1, 3, 4, "release"}});
  rejects("owner-mutex", {{0, 1, 2, "acquire"}, {1, 3, 4, "acquire"}}, "two-holders");
}

TEST(OwnerMutex, KnowsAClientByTheValueThatItGives) {
  accepts("owner-mutex", {{0, 1, 2, "acquire", "client-3", {}},
                          {1, 3, 4, "release", "client-3", {}},
                          {2, 5, 6, "acquire", "client-4", {}}});
  rejects("owner-mutex",
          {{0, 1, 2, "acquire", "client-3", {}}, {0, 3, 4, "release", "client-4", {}}});
}

TEST(FencedLock, GivesTokensThatGrow) {
  accepts("fenced-lock", {{0, 1, 2, "acquire", {}, 4},
                          {0, 3, 4, "release"},
                          {1, 5, 6, "acquire", {}, Value::object({{"token", 9}})}});
  rejects("fenced-lock",
          {{0, 1, 2, "acquire", {}, 4}, {0, 3, 4, "release"}, {1, 5, 6, "acquire", {}, 4}});
  rejects("fenced-lock", {{0, 1, 2, "acquire", {}, 4}, {1, 5, 6, "acquire", {}, 5}}, "two-holders");
}

TEST(FencedLock, LeavesRoomForATokenThatNobodySaw) {
  const auto between = [](int token) -> Calls {
    return {{0, 1, 2, "acquire", {}, 4},
            {0, 3, 4, "release"},
            {1, 5, 6, "acquire", "other", {}, Kind::info},
            {2, 7, 8, "release", "other", {}},
            {3, 9, 10, "acquire", {}, token}};
  };
  accepts("fenced-lock", between(6));
  rejects("fenced-lock", between(5));
}

TEST(FencedLock, NeedsANumberAsToken) {
  misunderstands("fenced-lock", {{0, 1, 2, "acquire", {}, "seven"}}, "whole number");
  misunderstands("fenced-lock", {{0, 1, 2, "acquire", {}, 0}}, "above 0");
}

}  // namespace
}  // namespace clew::testing
