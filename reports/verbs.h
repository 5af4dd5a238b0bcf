#pragma once

#include <string>

namespace clew {

// What the name of an operation says about it. One that is neither plainly a read
// nor plainly a write (cas, txn, dequeue, acquire) shows something and changes
// something.
bool shows(const std::string& f);
bool changes(const std::string& f);

}  // namespace clew
