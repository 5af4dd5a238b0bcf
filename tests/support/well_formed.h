#pragma once

#include <string>
#include <string_view>

namespace clew {

// What is wrong with `text` as XML without DTD, with the byte offset; empty if
// nothing is. Stricter than a browser: every element closed, every attribute
// quoted and unique, only entities that XML knows, only characters that XML allows.
std::string xml_fault(std::string_view text);

// The output of a shell command; throws std::runtime_error if it cannot be run
// or exits with another code than 0.
std::string output_of(const std::string& command);
bool have(const std::string& program);

}  // namespace clew
