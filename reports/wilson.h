#pragma once

#include <cstdint>
#include <string>

namespace clew {

// How often something happens, of which `hits` of `tries` were seen, at 95 % confidence:
// Wilson's score interval, which is right for few tries and for rates near 0 and 1 too.
struct Rate {
  std::uint64_t hits = 0, tries = 0;
  double low() const;
  double high() const;  // 1 without a try.
};

// "3 of 212, 1.4 % [0.5 %, 4.1 %]"; "0 of 0" without a try.
std::string rate_text(const Rate& rate);

}  // namespace clew
