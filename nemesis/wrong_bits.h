#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "harness/rng.h"

namespace clew {

// Wrong bits in one file of a folder, as a bad sector leaves them.
class WrongBits {
 public:
  // Turns one bit over in a `share` of the file's pages, at least in one, of one of the
  // files in `folder` whose path in it has a match for `which`. Pages of zeros only are
  // passed over: nobody has written there. Nobody may have the file open. Throws
  // HarnessError where there is no such file with anything in it.
  WrongBits(const std::filesystem::path& folder, const std::regex& which, double share, Rng& rng);

  // Puts it right. False, and nothing is done, when the file was changed meanwhile: what
  // was there then is not what belongs there now.
  bool mend() const;

  std::string text() const;  // "3 wrong bits in member/snap/db"

 private:
  struct Wrong {
    off_t at;
    std::uint8_t right;  // The byte that belongs there.
  };

  std::filesystem::path file_;
  std::string name_;
  std::vector<Wrong> wrongs_;
  struct stat after_ {};
};

}  // namespace clew
