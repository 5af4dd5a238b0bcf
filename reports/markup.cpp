#include "reports/markup.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "harness/check.h"
#include "reports/wording.h"

namespace clew {

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

Markup::Attribute::Attribute(std::string_view n, double v) : name(n) {
  std::array<char, 64> digits{};
  std::snprintf(digits.data(), digits.size(), "%.2f", std::isfinite(v) ? v : 0.0);
  value = digits.data();
  while (value.back() == '0') value.pop_back();
  if (value.back() == '.') value.pop_back();
  if (value == "-0") value = "0";
}

void Markup::begin(std::string_view tag, Attributes attributes) {
  out_ += '<';
  out_ += tag;
  for (const Attribute& attribute : attributes) {
    if (attribute.value.empty() &&
        (attribute.name == "class" || attribute.name.starts_with("data-")))
      continue;
    out_ += ' ';
    out_ += attribute.name;
    out_ += "=\"" + escaped(plain(attribute.value, 8000)) + '"';
  }
}

Markup& Markup::open(std::string_view tag, Attributes attributes) {
  begin(tag, attributes);
  out_ += '>';
  open_.emplace_back(tag);
  return *this;
}

Markup& Markup::close() {
  CLEW_CHECK(!open_.empty());
  const std::string tag = open_.back();
  open_.pop_back();
  out_ += "</" + tag + ">";
  static constexpr std::array<std::string_view, 9> blocks{
      "section", "tr", "table", "figure", "div", "svg", "pre", "p", "li"};
  for (const std::string_view block : blocks)
    if (tag == block) out_ += '\n';
  return *this;
}

Markup& Markup::leaf(std::string_view tag, Attributes attributes) {
  begin(tag, attributes);
  out_ += "/>";
  return *this;
}

Markup& Markup::text(std::string_view text) {
  out_ += escaped(plain_lines(text));
  return *this;
}

Markup& Markup::element(std::string_view tag, std::string_view content, Attributes attributes) {
  return open(tag, attributes).text(content).close();
}

Markup& Markup::raw(std::string_view markup) {
  out_ += markup;
  return *this;
}

std::string Markup::take() {
  CLEW_CHECK(open_.empty());
  return std::move(out_);
}

}  // namespace clew
