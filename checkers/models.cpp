#include "checkers/models.h"

#include <array>
#include <string>
#include <vector>

#include "checkers/linearizable.h"
#include "checkers/models/append_list.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/counter.h"
#include "checkers/models/fenced_lock.h"
#include "checkers/models/fifo_queue.h"
#include "checkers/models/kv.h"
#include "checkers/models/multi_register.h"
#include "checkers/models/mutex.h"
#include "checkers/models/owner_mutex.h"
#include "checkers/models/rw_register.h"
#include "checkers/models/set.h"
#include "checkers/models/unordered_queue.h"
#include "checkers/models/versioned_register.h"
#include "harness/nearest.h"

namespace clew {
namespace {

template <Model M>
std::unique_ptr<Checker> make(FailMeans fail_means) {
  LinearizableOptions options;
  options.fail_means = fail_means;
  return linearizable<M>(options);
}

constexpr auto all = std::to_array<ModelEntry>({
    {CasRegister::name, "one value: read, write, compare-and-set; at first nil",
     &make<CasRegister>},
    {RwRegister::name, "one value: read, write; at first nil", &make<RwRegister>},
    {VersionedRegister::name, "one value with its version: read, write, compare-and-set on either",
     &make<VersionedRegister>},
    {MultiRegister::name, "several values, read and written in transactions; at first nil",
     &make<MultiRegister>},
    {MultiRegisterFromZero::name, "the same; at first 0", &make<MultiRegisterFromZero>},
    {Kv::name, "keys: get, put, append, delete, compare-and-set; at first missing", &make<Kv>},
    {Mutex::name, "a lock that anybody may release: acquire, release", &make<Mutex>},
    {OwnerMutex::name, "a lock that only its holder may release: acquire, release",
     &make<OwnerMutex>},
    {FencedLock::name, "a lock that gives each holder a higher token: acquire, release",
     &make<FencedLock>},
    {FifoQueue::name, "first in, first out: enqueue, dequeue", &make<FifoQueue>},
    {UnorderedQueue::name, "in once, out once, in any order: enqueue, dequeue",
     &make<UnorderedQueue>},
    {Set::name, "elements: add, remove, contains, read", &make<Set>},
    {Counter::name, "a number: add, increment, add-and-get, read; at first 0", &make<Counter>},
    {AppendList::name, "a list that only grows: append, read", &make<AppendList>},
});

}  // namespace

std::span<const ModelEntry> models() { return all; }

std::unique_ptr<Checker> linearizable_by_name(std::string_view name, FailMeans fail_means) {
  std::vector<std::string> known;
  for (const ModelEntry& entry : all) {
    if (entry.name == name) return entry.make(fail_means);
    known.emplace_back(entry.name);
  }
  throw UsageError(unknown_name("model", name, known));
}

}  // namespace clew
