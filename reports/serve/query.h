#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

// "%20" decoded; nothing is made of a '%' that stands for nothing.
std::string percent_decoded(std::string_view text, bool plus_is_blank = false);
// Everything but letters, digits and - . _ ~ as %XX.
std::string percent_encoded(std::string_view text);

// What stands behind the '?' of an address, in its order. At most 64 members.
class Query {
 public:
  Query() = default;
  explicit Query(std::string_view text);

  // The first of this name, at most 200 bytes of it; empty if there is none.
  std::string get(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  // The same with one member changed, or left out where `value` is empty: "?a=b&c=d".
  std::string with(std::string_view name, std::string_view value) const;

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace clew
