#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

// & < > " ' as entities; `text` must have been through plain().
std::string escaped(std::string_view text);

// Writes HTML, SVG or XML that is always well-formed: every text and attribute
// is cleaned and escaped, every attribute quoted, every element closed. What it
// writes parses as XML and as HTML.
class Markup {
 public:
  struct Attribute {
    Attribute(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
    Attribute(std::string_view n, const char* v) : name(n), value(v) {}
    Attribute(std::string_view n, double v);  // At most two decimals.
    std::string_view name;
    std::string value;
  };
  using Attributes = std::initializer_list<Attribute>;

  Markup& open(std::string_view tag, Attributes attributes = {});
  Markup& close();
  // An element that HTML knows to be empty, or an SVG shape without children.
  Markup& leaf(std::string_view tag, Attributes attributes = {});
  Markup& text(std::string_view text);
  // <tag attributes>text</tag>
  Markup& element(std::string_view tag, std::string_view text, Attributes attributes = {});
  // Trusted text of clew itself, as it is.
  Markup& raw(std::string_view markup);

  std::string take();  // Everything must be closed.

 private:
  void begin(std::string_view tag, Attributes attributes);

  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace clew
