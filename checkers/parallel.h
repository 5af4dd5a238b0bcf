#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace clew {

// Runs work(i) for every i of `order`, in about that order, on up to `threads`
// threads (0: one a core). Returns when all are done; of several throws, the one
// with the smallest i is thrown on, so that the outcome does not depend on chance.
void run_parallel(const std::vector<std::size_t>& order, unsigned threads,
                  const std::function<void(std::size_t)>& work);

// How many threads run_parallel uses.
unsigned threads_for(std::size_t tasks, unsigned threads);

}  // namespace clew
