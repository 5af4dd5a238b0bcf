#include "harness/event_reader.h"

#include <gtest/gtest.h>

#include "harness/error.h"
#include "harness/history_file.h"
#include "harness/rng.h"

namespace clew {
namespace {

std::string line_of(const Op& op) {
  std::string out;
  append_history_line(out, op);
  return out;
}

// Compares the two readers on one line. False if the quick one left it to the plain one.
bool agree(const std::string& line, char behind = ' ') {
  const std::string padded = line + std::string(EventReader::padding(), behind);
  static EventReader reader;
  Op quick{};
  if (!reader.read(std::string_view(padded).substr(0, line.size()), quick)) return false;
  try {
    EXPECT_EQ(line_of(quick), line_of(parse_history_line(line, 1))) << line;
  } catch (const UsageError& e) { ADD_FAILURE() << line << " is refused: " << e.what(); }
  return true;
}

std::string random_json(Rng& rng, int depth) {
  static const std::vector<std::string> leaves{"null",
                                               "true",
                                               "false",
                                               "0",
                                               "-0",
                                               "42",
                                               "42.0",
                                               "-7e2",
                                               "0.1",
                                               "1e-7",
                                               "123456789012345",
                                               "9223372036854775807",
                                               "-9223372036854775808",
                                               "9223372036854775808",
                                               "18446744073709551615",
                                               "18446744073709551616",
                                               "1e400",
                                               "\"\"",
                                               "\"k7\"",
                                               "\"é😀\"",
                                               "\"a\\\"b\\\\\\/\\n\"",
                                               "\"\\u00e9\"",
                                               "\"\\ud83d\\ude00\"",
                                               "\"\\ud800\"",
                                               "\"\\udc00\"",
                                               "\"invoke\"",
                                               "\"nemesis\""};
  const std::uint64_t kind = depth > 3 ? 0 : rng.below(8);
  if (kind < 6) return rng.pick(leaves);
  std::string out = kind == 6 ? "[" : "{";
  for (std::uint64_t i = rng.below(4); i > 0; --i) {
    if (out.size() > 1) out += rng.chance(0.2) ? " , " : ",";
    if (kind == 7) out += "\"" + std::string(1, "abc"[rng.below(3)]) + "\":";
    out += random_json(rng, depth + 1);
  }
  return out + (kind == 6 ? "]" : "}");
}

std::string random_line(Rng& rng) {
  std::vector<std::string> members{"\"index\":" + std::to_string(rng.below(100)),
                                   "\"time\":" + std::to_string(rng.below(100)),
                                   rng.chance(0.2) ? "\"process\":\"nemesis\"" : "\"process\":3",
                                   "\"type\":\"ok\"",
                                   "\"f\":\"read\"",
                                   "\"key\":\"k\"",
                                   "\"value\":" + random_json(rng, 0),
                                   "\"node\":\"n2\"",
                                   "\"error\":null",
                                   "\"more\":" + random_json(rng, 0)};
  if (rng.chance(0.5)) rng.shuffle(members);
  if (rng.chance(0.1)) members.push_back("\"time\":" + random_json(rng, 0));
  if (rng.chance(0.1)) members.push_back("\"key\":" + random_json(rng, 0));
  if (rng.chance(0.1)) members.push_back("\"value\":" + random_json(rng, 0));
  if (rng.chance(0.1)) members.erase(members.begin() + static_cast<std::ptrdiff_t>(rng.below(8)));
  std::string line = "{";
  for (const std::string& member : members) line += (line.size() > 1 ? "," : "") + member;
  return line + "}";
}

TEST(EventReader, AgreesWithThePlainReaderOnRandomEvents) {
  Rng rng(7);
  int quick = 0;
  for (int i = 0; i < 20'000; ++i) quick += agree(random_line(rng));
  EXPECT_GT(quick, 8'000);
}

TEST(EventReader, AgreesWithThePlainReaderOnDamagedLines) {
  Rng rng(8);
  static const std::string bytes = "{}[]:,\"\\0129-.eE \t\xff\x01uabtrue";
  for (int i = 0; i < 40'000; ++i) {
    std::string line = random_line(rng);
    for (std::uint64_t edits = 1 + rng.below(2); edits > 0 && !line.empty(); --edits) {
      const std::size_t at = rng.below(line.size());
      const char byte = bytes[rng.below(bytes.size())];
      if (rng.chance(0.4)) {
        line[at] = byte;
      } else if (rng.chance(0.5)) {
        line.insert(at, 1, byte);
      } else {
        line.erase(at, 1);
      }
    }
    agree(line);
  }
}

// In the recorder's own notation, with the odd value among the usual ones.
std::string recorded_line(Rng& rng) {
  Op op{.index = static_cast<std::int64_t>(rng.below(2000)), .time = Nanos(rng.below(1'000'000))};
  op.process = rng.chance(0.05) ? nemesis_process : static_cast<std::int64_t>(rng.below(12));
  op.kind = rng.pick(std::vector{Kind::invoke, Kind::ok, Kind::fail, Kind::info});
  op.f = rng.pick(std::vector<std::string>{"read", "write", "cas"});
  if (rng.chance(0.7)) op.key = rng.pick(std::vector<std::string>{"k7", "é", "a \"b\"", "k\n"});
  const auto number = [&] { return Value(static_cast<std::int64_t>(rng.below(200)) - 100); };
  if (rng.chance(0.6)) op.value = number();
  if (rng.chance(0.2))
    op.value = Value(Value::List{number(), rng.chance(0.5) ? number() : Value()});
  if (rng.chance(0.1)) op.value = parse_json(rng.chance(0.5) ? "[[1,2],[3]]" : "\"text\"");
  if (rng.chance(0.7)) op.node = "n" + std::to_string(rng.below(5));
  if (rng.chance(0.3)) op.error = rng.chance(0.5) ? "timeout" : "no answer: {\"a\":1}";
  std::string line = line_of(op);
  line.pop_back();
  return line;
}

TEST(EventReader, AgreesWithThePlainReaderOnWhatTheRecorderWritesWholeOrDamaged) {
  Rng rng(9);
  static const std::string bytes = "{}[]:,\"\\0129-.eE \t\xff\x01uabtrue";
  static const std::string behind = "} \"0,\n";
  for (int i = 0; i < 60'000; ++i) {
    std::string line = recorded_line(rng);
    const char next = behind[rng.below(behind.size())];
    EXPECT_NE(agree(line, next), line.find("\\u") != line.npos) << line;
    const std::size_t at = rng.below(line.size());
    const auto choice = rng.below(4);
    if (choice == 0) line[at] = bytes[rng.below(bytes.size())];
    if (choice == 1) line.insert(at, 1, bytes[rng.below(bytes.size())]);
    if (choice == 2) line.erase(at, 1 + rng.below(8));
    if (choice == 3) line.resize(at);
    agree(line, next);
  }
}

TEST(EventReader, TakesTheUsualLineItself) {
  EXPECT_TRUE(agree(
      R"({"index":0,"time":1203841,"process":3,"type":"invoke","f":"write","key":"k7","value":41,"node":"n2"})"));
}

}  // namespace
}  // namespace clew
