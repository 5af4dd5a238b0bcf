#include <array>
#include <string>

#include "reports/junit_suite.h"
#include "reports/markup.h"
#include "reports/reporter.h"

namespace clew {
namespace {

// The subset of JUnit's XML that every CI system reads.
class Junit : public Reporter {
 public:
  static constexpr std::string_view name = "junit";
  static constexpr std::string_view summary = "for CI systems: junit.xml";
  static constexpr std::array<OptionSpec, 0> options{};
  explicit Junit(const Options&) {}

  std::string_view file_name() const override { return "junit.xml"; }

  std::string render(const Results& results) const override {
    Markup xml;
    xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").open("testsuites").raw("\n");
    write_suite(xml, results, {});
    xml.close().raw("\n");
    return xml.take();
  }
};

const Register<Reporter, Junit> registered;

}  // namespace
}  // namespace clew
