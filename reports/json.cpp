#include <array>

#include "reports/reporter.h"

namespace clew {
namespace {

// For programs, and the source of every other report.
class JsonFile : public Reporter {
 public:
  static constexpr std::string_view name = "json";
  static constexpr std::string_view summary = "for programs: results.json, schema clew.results/1";
  static constexpr std::array<OptionSpec, 0> options{};
  explicit JsonFile(const Options&) {}

  std::string_view file_name() const override { return "results.json"; }
  std::string render(const Results& results) const override { return results_to_json(results); }
};

const Register<Reporter, JsonFile> registered;

}  // namespace
}  // namespace clew
