// 100,000 payloads with something wrong in them: each is read or refused, and nothing of a foreign
// byte reaches a message or a summary as it is.
#include <gtest/gtest.h>

#include <random>

#include "sources/webhook_match.h"
#include "sources/webhook_parse.h"
#include "tests/unit/sources/webhooks/sample_payloads.h"

namespace gitops {
namespace {

constexpr int kRounds = 100'000;

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string Mutate(std::string text) {
    const std::size_t changes = 1 + Below(3);
    for (std::size_t i = 0; i < changes && !text.empty(); ++i) Change(text);
    return text;
  }

 private:
  std::size_t Below(std::size_t bound) { return random_() % bound; }

  void Change(std::string& text) {
    static const std::vector<std::string> kPieces = {"null",
                                                     "[]",
                                                     "{}",
                                                     "7",
                                                     "\"\"",
                                                     "true",
                                                     "-1",
                                                     "1e9",
                                                     "\\u0000",
                                                     "\x1b",
                                                     "[",
                                                     "}",
                                                     "\"",
                                                     "\xff",
                                                     "../..",
                                                     "{\"href\":[]}",
                                                     ",",
                                                     ":",
                                                     std::string(40, '0')};
    const std::size_t at = Below(text.size());
    switch (Below(5)) {
      case 0:
        text[at] = static_cast<char>(Below(256));
        break;
      case 1:
        text.erase(at, 1 + Below(20));
        break;
      case 2:
        text.insert(at, kPieces[Below(kPieces.size())]);
        break;
      case 3:
        ReplaceValue(text, at, kPieces[Below(kPieces.size())]);
        break;
      default:
        text.insert(at, text.substr(Below(text.size()), Below(30)));
        break;
    }
  }

  /// Puts `piece` in the place of the value that follows the next colon: most often still JSON.
  static void ReplaceValue(std::string& text, std::size_t at, const std::string& piece) {
    const std::size_t colon = text.find(':', at);
    if (colon == std::string::npos) return;
    const std::size_t end = text.find_first_of(",}]", colon);
    text.replace(colon + 1, end == std::string::npos ? end : end - colon - 1, piece);
  }

  std::mt19937 random_;
};

TEST(WebhookMutationTest, EveryMutatedPayloadIsReadOrRefused) {
  const std::vector<SamplePayload> samples = SamplePushes();
  Mutator mutator(20261127);
  SourceSpec source;
  source.url = "https://github.com/acme/apps.git";
  int read = 0;
  for (int round = 0; round < kRounds; ++round) {
    const SamplePayload& sample = samples[static_cast<std::size_t>(round) % samples.size()];
    const FakeHeaders headers{{sample.event_header, sample.event}};
    const auto event = ParseWebhook(sample.provider, headers.Reader(), mutator.Mutate(sample.body));
    if (!event) {
      ASSERT_EQ(event.error().kind, ErrorKind::kInvalid);
      continue;
    }
    ++read;
    (void)MatchWebhook(*event, sample.provider, source);
    for (const char c : Summarize(*event)) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20);
    for (const RefChange& change : event->changes) ASSERT_FALSE(change.name.empty());
  }
  EXPECT_GT(read, kRounds / 20) << "most mutations should not only break the JSON";
  EXPECT_LT(read, kRounds) << "and some have to be noticed";
}

}  // namespace
}  // namespace gitops
