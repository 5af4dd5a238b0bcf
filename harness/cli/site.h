#pragma once

#include <filesystem>
#include <string>

#include "harness/cli/store_view.h"
#include "harness/http_server.h"

namespace clew {

// What clew serve answers: pages over a store, and the files in it as they are. It changes nothing.
//   /                       all runs            /trend?name=...        one job over time
//   /compare?run=A&run=B    two runs            /live/NAME/TIME/       one in progress
//   /run/NAME/TIME/...      its folder, files
class Site {
 public:
  explicit Site(std::filesystem::path store) : store_(std::move(store)) {}

  HttpAnswer answer(const std::string& target);

 private:
  HttpAnswer folder_or_file(const std::vector<std::string>& parts, bool slash);
  HttpAnswer live(const std::string& name, const std::string& stamp);
  HttpAnswer compare(const Query& query);
  Compared compared(const std::string& run);

  StoreView store_;
};

}  // namespace clew
