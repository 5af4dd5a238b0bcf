#include "checkers/certificate.h"

#include <array>
#include <charconv>

#include "harness/value.h"

namespace clew {
namespace {

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_hex(std::string& out, std::uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(number >> shift) & 15];
}

void append_key(std::string& out, const KeyProof& proof) {
  out += "{\"key\":";
  append_json_string(out, proof.key);
  if (proof.outcome == Outcome::unknown) {
    out += ",\"unknown\":";
    append_json_string(out, proof.cause);
  } else {
    out += proof.outcome == Outcome::valid ? ",\"order\":[" : ",\"core\":[";
    for (const std::int64_t index : proof.calls) {
      if (out.back() != '[') out += ',';
      append_number(out, index);
    }
    out += ']';
  }
  out += '}';
}

}  // namespace

std::uint64_t fnv1a64(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

std::string certificate_json(const Verdict& verdict, const HistoryReference& history,
                             FailMeans fail_means) {
  std::string out = "{\"schema\":\"clew.certificate/1\",\n\"history\":{\"file\":";
  append_json_string(out, history.file);
  out += ",\"events\":";
  append_number(out, static_cast<std::int64_t>(history.events));
  out += ",\"fnv1a64\":\"";
  append_hex(out, history.fnv1a64);
  out += "\"},\n\"model\":";
  append_json_string(out, verdict.model);
  out += ",\n\"fail-means\":\"";
  out += fail_means == FailMeans::absent ? "absent" : "observed";
  out += "\",\n\"outcome\":\"";
  out += to_string(verdict.outcome);
  out += "\",\n\"keys\":[";
  for (std::size_t i = 0; i < verdict.proofs.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    append_key(out, verdict.proofs[i]);
  }
  return out += "]}\n";
}

}  // namespace clew
