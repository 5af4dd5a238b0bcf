#pragma once

#include <string_view>

namespace clew {

// The built page of reports/web, as it stands in web/dist: what is between <script> and </script>,
// between <style> and </style>, and the content security policy that lets these two through and
// nothing else.
std::string_view page_script();
std::string_view page_style();
std::string_view page_policy();

}  // namespace clew
