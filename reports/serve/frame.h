#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "reports/markup.h"
#include "reports/serve/digest.h"

namespace clew {

// A whole page of clew serve: head, style, navigation and what `main` writes. One that refreshes
// does so by its script, and without scripts by itself.
std::string framed(std::string_view title, const std::function<void(Markup&)>& main,
                   bool refreshes = false);

// Names the style and the script of these pages by their hashes, and lets nothing else through but
// a look at the same server.
const std::string& serve_policy();

// "/run/etcd-register/20261123T052234.082Z/", percent-encoded.
std::string run_link(const Digest& run, std::string_view before = "/run/");
// Its report, or its folder where there is none.
std::string run_page(const Digest& run);
// "etcd-register/20261123T052234.082Z".
std::string run_name(const Digest& run);
// Where the runs of the same job are seen over time.
std::string trend_link(const Digest& run);
// ✓ LINEARIZABLE, in the colour of its kind.
void verdict_cell(Markup& page, const Digest& run);
// "2026-11-23 05:22:34", of a stamp; the stamp itself where it is none.
std::string time_text(const std::string& stamp);

}  // namespace clew
