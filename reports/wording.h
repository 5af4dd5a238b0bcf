#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "reports/results.h"

namespace clew {

// Text that is safe and pleasant to show. Whatever the system under test sent
// goes through plain() before it reaches a terminal or a page.

// Valid UTF-8 without control, bidirectional and invisible characters; those become U+FFFD, line
// breaks and tabs a blank. At most `limit` characters, the last an ellipsis where it was cut.
std::string plain(std::string_view text, std::size_t limit = 200);

// plain(), several lines kept, and no limit: for text that clew made itself.
std::string plain_lines(std::string_view text);

// plain(), and "->" as an arrow: for calls.
std::string call_text(std::string_view text, std::size_t limit = 60);

// Only ASCII: known symbols in words, others as '?'.
std::string to_ascii(std::string_view text);

// Characters, not bytes; `text` must be valid UTF-8.
std::size_t width(std::string_view text);

std::string grouped(std::uint64_t number);                         // "121,355"
std::string counted(std::uint64_t number, std::string_view noun);  // "1 key", "2 keys"
std::string percent(std::uint64_t part, std::uint64_t whole);      // "96.1 %"
std::string at_second(Nanos time);                                 // "14.228 s"
std::string decimal(double number, int places);                    // "4.10"
std::string latency(Nanos duration);                               // "4.1 ms"; "–" for none
std::string span(Nanos from, Nanos to);                            // "10.0–18.0 s"

// What the banner says; its colour follows.
enum class Standing : std::uint8_t { pass, violation, unknown, error };

Standing standing(const Results& results);
std::string_view symbol(Standing standing);  // ✓ ✗ ? !
// "LINEARIZABLE", "NOT LINEARIZABLE", "UNKNOWN", "RUN ERROR"; "VALID" and "INVALID" where the
// verdict is not about linearizability.
std::string verdict_words(const Results& results);

// "register × partition", "etcd 3.4.23 register".
std::string job_title(const Results& results);
// A history from elsewhere was not made by a plan of clew, so it has none.
bool has_seed(const Results& results);
// "register.partition": stable over runs, without seed and time.
std::string job_name(const Results& results);

}  // namespace clew
