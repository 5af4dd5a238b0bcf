#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "reports/reporter.h"
#include "tests/support/sample_results.h"

// clew_sample_reports FOLDER: writes every report of every sample, to be looked at.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: clew_sample_reports FOLDER\n");
    return 254;
  }
  try {
    for (const auto& [name, results] : clew::samples::all()) {
      const std::filesystem::path folder = std::filesystem::path(argv[1]) / name;
      std::filesystem::create_directories(folder);
      for (const auto& [plugin, entry] : clew::ReporterRegistry::instance().entries()) {
        const auto reporter = entry.make(clew::Options{});
        std::ofstream(folder / reporter->file_name(), std::ios::binary)
            << reporter->render(results);
      }
      std::ofstream(folder / "summary.txt", std::ios::binary)
          << clew::text_summary(results, folder, false, true);
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 255;
  }
  return 0;
}
