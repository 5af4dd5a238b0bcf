#pragma once

#include <vector>

#include "checkers/call.h"

namespace clew {

// Makes calls alike that no answer can tell apart: of a register, all values
// that nobody saw, guessed or swapped away become one value. Exact, since the
// model cannot distinguish them; then equal calls are interchangeable.
template <Model M>
std::vector<Call<M>> reduce(std::vector<Call<M>> calls, std::size_t values) {
  if constexpr (KnowsRegister<M>) {
    std::vector<std::uint8_t> matters(values, 0);
    for (const Call<M>& call : calls) {
      const RegisterAct act = M::as_register(call.input, call.answer());
      if (act.act != Act::write) matters[act.from] = 1;
    }
    Atom unseen = nil_atom;
    std::vector<Atom> names(values, nil_atom);
    for (Atom value = 1; value < values; ++value) {
      names[value] = value;
      if (matters[value]) continue;
      if (unseen == nil_atom) unseen = value;
      names[value] = unseen;
    }
    for (Call<M>& call : calls) M::rename(call.input, call.output, names);
  }
  return calls;
}

}  // namespace clew
