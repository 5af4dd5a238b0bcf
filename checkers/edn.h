#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/value.h"

namespace clew {

// One form of EDN, the notation of Clojure in which Jepsen and Knossos write.
struct Edn {
  enum class Kind : std::uint8_t {
    nil,
    boolean,
    integer,
    real,
    number,   // One that neither fits: 7N beyond int64, 1.5M, 2/3. `text` has its digits.
    text,     // A string or a character.
    keyword,  // `text` without its colon, namespace included.
    symbol,
    list,  // ( ) and [ ] alike.
    set,
    map,  // `items` are key, value, key, value.
  };
  Kind kind = Kind::nil;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text{};
  std::vector<Edn> items{};
  std::size_t at = 0;  // Its first byte.

  // The value behind the keyword `name` of a map; nullptr if there is none.
  const Edn* find(std::string_view name) const;
};

// The value that stands for a form: keywords and symbols become their text, a
// list a list, a set a sorted list, a map an object whose names are text.
Value to_value(const Edn& form);

// Takes form after form from a text. Comments and #_ are skipped, tags (#inst,
// #jepsen.history.Op) too: the form behind a tag stands for itself.
class EdnReader {
 public:
  explicit EdnReader(std::string_view text) : text_(text) {}

  enum class Found : std::uint8_t { form, end, cut };

  // `cut`: the text ends inside the form that began at unclosed(). Throws
  // UsageError("line 3, column 7: ...") where the text is no EDN.
  Found next(Edn& form);

  // Steps into the list or vector that comes next, if one does; then next() gives
  // its items, and `end` is its bracket.
  bool enter();
  std::size_t unclosed() const { return unclosed_; }

  [[noreturn]] void reject(std::size_t at, const std::string& why) const;
  std::string place(std::size_t at) const;  // "line 3, column 7"

 private:
  struct Cut {};  // Thrown where the text ends too early.

  void skip();
  void form(Edn& out);
  void dispatch(Edn& out);
  void items(Edn& out, char closing);
  void string(Edn& out);
  void character(Edn& out);
  void token(Edn& out);
  bool number(std::string_view token, Edn& out) const;
  std::string_view take_token();
  char peek(std::size_t ahead = 0) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t unclosed_ = 0;
  std::vector<std::size_t> open_{};  // Where the forms around begin.
  char closing_ = 0;
  bool closed_ = false;
};

// Appends `value` as EDN: text as a string, an object as a map with strings for keys.
void append_edn(std::string& out, const Value& value);
void append_edn_string(std::string& out, std::string_view text);

}  // namespace clew
