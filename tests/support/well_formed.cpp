#include "tests/support/well_formed.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <vector>

namespace clew {
namespace {

class Xml {
 public:
  explicit Xml(std::string_view text) : text_(text) {}

  std::string fault() {
    while (at_ < text_.size() && fault_.empty()) {
      if (text_[at_] != '<') {
        character(true);
      } else if (starts("<?") || starts("<!DOCTYPE ")) {
        skip_to(">");
      } else if (starts("<![CDATA[") && !open_.empty()) {
        skip_to("]]>");
      } else if (starts("</")) {
        end_tag();
      } else {
        start_tag();
      }
    }
    if (fault_.empty() && !open_.empty()) fail("<" + open_.back() + "> is not closed");
    if (fault_.empty() && roots_ != 1) fail("there must be one root");
    return fault_;
  }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  void fail(const std::string& what) {
    if (fault_.empty()) fault_ = what + " at byte " + std::to_string(at_);
    at_ = text_.size();
  }
  void skip_to(std::string_view what) {
    const auto end = text_.find(what, at_);
    if (end == std::string_view::npos) return fail("no " + std::string(what));
    at_ = end + what.size();
  }
  std::string name() {
    const std::size_t from = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '-'))
      ++at_;
    if (at_ == from) fail("a name is missing");
    return std::string(text_.substr(from, at_ - from));
  }
  // One character of text or of an attribute's value.
  void character(bool between_tags) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (between_tags && open_.empty() && c != '\n') return fail("text outside of the root");
    if (c < 0x20 && c != '\n' && c != '\t') return fail("a control character");
    if (c == '<') return fail("a bare <");
    if (text_.substr(at_).starts_with("]]>")) return fail("a bare ]]>");
    if (c != '&') {
      ++at_;
      return;
    }
    for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      if (!starts(entity)) continue;
      at_ += entity.size();
      return;
    }
    fail("a bare &");
  }
  void start_tag() {
    ++at_;
    const std::string tag = name();
    std::set<std::string> seen;
    while (at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
      if (!seen.insert(name()).second) return fail("an attribute twice");
      if (!starts("=\"")) return fail("an unquoted attribute");
      at_ += 2;
      while (at_ < text_.size() && text_[at_] != '"') character(false);
      if (at_ >= text_.size()) return fail("an attribute is not closed");
      ++at_;
    }
    roots_ += open_.empty() ? 1 : 0;
    if (starts("/>")) {
      at_ += 2;
    } else if (starts(">")) {
      ++at_;
      open_.push_back(tag);
    } else {
      fail("a broken tag");
    }
  }
  void end_tag() {
    at_ += 2;
    const std::string tag = name();
    if (open_.empty() || open_.back() != tag) return fail("</" + tag + "> closes nothing");
    open_.pop_back();
    if (!starts(">")) return fail("a broken end tag");
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int roots_ = 0;
  std::vector<std::string> open_;
  std::string fault_;
};

}  // namespace

std::string xml_fault(std::string_view text) { return Xml(text).fault(); }

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string out;
  std::array<char, 65536> part{};
  for (std::size_t n = 0; (n = fread(part.data(), 1, part.size(), pipe)) > 0;)
    out.append(part.data(), n);
  if (pclose(pipe) != 0) throw std::runtime_error(command + " failed: " + out);
  return out;
}

bool have(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace clew
