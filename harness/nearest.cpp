#include "harness/nearest.h"

#include <algorithm>

namespace clew {
namespace {

// Edits to turn `a` into `b`: insert, delete, replace, swap of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view given, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = given.size() / 3 + 2;
  if (given.size() > 64) return best;
  for (const std::string& name : known) {
    const std::size_t edits = distance(given, name);
    if (edits < best_distance && edits < name.size()) {
      best = name;
      best_distance = edits;
    }
  }
  return best;
}

std::string unknown_name(std::string_view what, std::string_view given,
                         const std::vector<std::string>& known) {
  std::string text = "unknown " + std::string(what) + " '" + std::string(given) + "'";
  if (const std::string guess = nearest(given, known); !guess.empty())
    text += "; did you mean '" + guess + "'?";
  text += text.back() == '?' ? " known: " : "; known: ";
  for (std::size_t i = 0; i < known.size(); ++i) text += (i == 0 ? "" : ", ") + known[i];
  return text;
}

}  // namespace clew
