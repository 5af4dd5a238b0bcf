#include "tests/checkers/models/judged.h"

namespace clew::testing {
namespace {

using List = Value::List;

TEST(Set, HoldsWhatWasAdded) {
  accepts("set",
          {{0, 1, 2, "add", 1, 1}, {0, 3, 4, "add", 2, true}, {1, 5, 6, "read", {}, List{2, 1}}});
  rejects("set", {{0, 1, 2, "add", 1, 1}, {1, 5, 6, "read", {}, List{}}}, "lost-element");
  rejects("set", {{0, 1, 2, "add", 1, 1}, {1, 5, 6, "read", {}, List{1, 7}}}, "never-added");
  rejects("set", {{0, 1, 2, "add", 1, 1}, {1, 5, 6, "read", {}, List{1, 1}}}, "duplicate-element");
}

TEST(Set, TellsWhetherAnElementIsInIt) {
  accepts("set", {{0, 1, 2, "add", 1, true},
                  {0, 3, 4, "add", 1, false},
                  {0, 5, 6, "remove", 1, true},
                  {1, 7, 8, "contains", 1, false},
                  {1, 9, 10, "remove", 1, false}});
  rejects("set", {{0, 1, 2, "add", 1, 1}, {1, 3, 4, "contains", 1, false}}, "lost-element");
  rejects("set", {{0, 1, 2, "add", 1, 1}, {1, 3, 4, "contains", 2, true}}, "never-added");
  rejects("set", {{0, 1, 2, "add", 1, true}, {1, 3, 4, "add", 1, true}});
}

TEST(Set, ThatRefusesToAddHasTheElement) {
  const std::string there(compare_failed);
  accepts("set", {{0, 1, 2, "add", 1, 1}, {1, 3, 4, "add", 1, 1, Kind::fail, there}});
  rejects("set", {{1, 3, 4, "add", 1, 1, Kind::fail, there}});
}

TEST(Set, NeedsAListFromARead) {
  misunderstands("set", {{0, 1, 2, "read", {}, 7}}, "list");
  misunderstands("set", {{0, 1, 2, "contains", 1, 7}}, "true or false");
  misunderstands("set", {{0, 1, 2, "add", true, true}}, "other than true or false");
}

TEST(Counter, CountsEveryIncrementOnce) {
  accepts("counter", {{0, 1, 2, "increment"}, {0, 3, 4, "add", 5, 5}, {1, 5, 6, "read", {}, 6}});
  rejects("counter", {{0, 1, 2, "increment"}, {1, 5, 6, "read", {}, 0}}, "lost-increment");
  rejects("counter", {{0, 1, 2, "increment"}, {1, 5, 6, "read", {}, 2}}, "counted-too-much");
}

TEST(Counter, GivesWhatItHoldsAfterwards) {
  accepts("counter", {{0, 1, 5, "add-and-get", 1, 2}, {1, 1, 5, "add-and-get", 1, 1}});
  rejects("counter", {{0, 1, 5, "add-and-get", 1, 1}, {1, 1, 5, "add-and-get", 1, 1}});
}

TEST(Counter, AddsWholeNumbers) {
  misunderstands("counter", {{0, 1, 2, "add", 1.5, {}}}, "whole number");
  misunderstands("counter", {{0, 1, 2, "read"}}, "whole number");
}

TEST(AppendList, GrowsAtItsEnd) {
  const auto list = [](const Value& seen) -> Calls {
    return {{0, 1, 2, "append", 1, 1}, {0, 3, 4, "append", 2, 2}, {1, 5, 6, "read", {}, seen}};
  };
  accepts("append-list", list(List{1, 2}));
  rejects("append-list", list(List{2, 1}));
  rejects("append-list", list(List{1}), "lost-element");
  rejects("append-list", list(List{1, 2, 3}), "never-appended");
  rejects("append-list", list(List{1, 2, 1}), "duplicate-element");
  rejects("append-list", list({}), "lost-element");
}

TEST(AppendList, NeedsAListFromARead) {
  misunderstands("append-list", {{0, 1, 2, "read", {}, 7}}, "whole list");
}

}  // namespace
}  // namespace clew::testing
