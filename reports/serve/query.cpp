#include "reports/serve/query.h"

#include <cstddef>

namespace clew {
namespace {

constexpr std::size_t most_members = 64;
constexpr std::size_t longest_value = 200;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

Query::Query(std::string_view text) {
  while (!text.empty() && members_.size() < most_members) {
    const std::string_view member = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), member.size() + 1));
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : member.substr(equals + 1);
    members_.emplace_back(percent_decoded(member.substr(0, equals), true),
                          percent_decoded(value, true).substr(0, longest_value));
  }
}

std::string Query::get(std::string_view name) const {
  for (const auto& [key, value] : members_)
    if (key == name) return value;
  return {};
}

std::vector<std::string> Query::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : members_)
    if (key == name) values.push_back(value);
  return values;
}

std::string Query::with(std::string_view name, std::string_view value) const {
  std::string out = "?";
  const auto add = [&](std::string_view key, std::string_view what) {
    if (what.empty()) return;
    if (out.size() > 1) out += '&';
    out += percent_encoded(key) + "=" + percent_encoded(what);
  };
  for (const auto& [key, old] : members_)
    if (key != name) add(key, old);
  add(name, value);
  return out;
}

}  // namespace clew
