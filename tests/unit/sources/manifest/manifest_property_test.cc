// Laws of the parser: how a manifest is written never changes what it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "sources/manifest_parser.h"
#include "tests/support/manifest_dump.h"

namespace gitops {
namespace {

/// One top-level key and its lines.
const std::vector<std::string>& Parts() {
  static const std::vector<std::string> parts = {
      "name: shop\n",
      "version: 1.10\n",
      "description: A small shop\n",
      "patterns:\n  recommended: single-vm\n  supported:\n    - single-vm\n    - gateway\n",
      "resources:\n  cpu:\n    min: 1\n    recommended: 2\n  memory: 4G\n  ports:\n    - 22:ssh\n",
      "network:\n  provision: mycelium,wireguard\n  prefer: wireguard\n",
      "hooks:\n  setup: deployment/setup.sh\n  configure:\n    script: a.sh\n    timeout: 5m\n",
      "environment:\n  - name: DOMAIN\n    default: shop.example\n  - name: TOKEN\n    secret: "
      "true\n",
      "commands:\n  backup:\n    script: /opt/b.sh\n    args: x\n  restore:\n    script: "
      "/opt/r.sh\n",
      "healthchecks:\n  - http: http://localhost/\n    retries: 3\n",
      "depends_on:\n  - db\n  - cache\n",
      "dependencies:\n  system:\n    - curl\n    - wget\n",
      "variables:\n  size:\n    type: integer\n    default: 3\n",
  };
  return parts;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

std::string Model(const std::string& text) {
  const auto parsed = ParseManifest(text, "m.yaml");
  EXPECT_TRUE(parsed.has_value()) << text << (parsed ? "" : parsed.error().ToString());
  return parsed ? DumpManifest(parsed->manifest, false) : "";
}

/// Comments and blank lines between all lines, and comments behind some.
std::string WithNoise(const std::string& text, std::mt19937& random) {
  std::string noisy;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    if (random() % 3 == 0) noisy += "\n";
    if (random() % 3 == 0) noisy += std::string(random() % 7, ' ') + "# name: other\n";
    noisy += line + (random() % 2 == 0 ? "  # pattern: x" : "") + "\n";
    begin = end + 1;
  }
  return noisy;
}

TEST(ManifestLaws, CommentsAndBlankLinesChangeNothing) {
  const std::string text = Join(Parts());
  const std::string model = Model(text);
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Model(WithNoise(text, random)), model);
}

TEST(ManifestLaws, OrderOfKeysChangesNothing) {
  const std::string model = Model(Join(Parts()));
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) {
    std::vector<std::string> parts = Parts();
    std::shuffle(parts.begin(), parts.end(), random);
    EXPECT_EQ(Model(Join(parts)), model);
  }
}

TEST(ManifestLaws, LineEndsAndByteOrderMarkChangeNothing) {
  const std::string text = Join(Parts());
  std::string windows = "\xEF\xBB\xBF";
  for (const char c : text) windows += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(Model(windows), Model(text));
}

TEST(ManifestLaws, StyleChangesNothing) {
  EXPECT_EQ(
      Model("name: shop\npattern: k3s\nresources:\n  cpu:\n    min: 1\n  memory: 4096\n"
            "hooks:\n  setup: deployment/setup.sh\ntags:\n  - a\n"),
      Model("{\"name\": 'shop', \"pattern\": \"k3s\", resources: {cpu: {min: 1}, memory: 4G},\n"
            " hooks: {setup: './deployment/setup.sh'}, tags: [a]}\n"));
}

TEST(ManifestLaws, FreeKeysChangeNothingButTheListOfKeys) {
  const std::string text = "name: shop\npattern: k3s\nresources: {cpu: 1}\n";
  const std::string with = "name: shop\npattern: k3s\nresources: {cpu: 1, x-why: {a: [b]}}\n";
  EXPECT_EQ(Model(with), Model(text));
}

TEST(ManifestLaws, EveryPrefixIsReadOrRefusedWithAPlace) {
  const std::string text = Join(Parts());
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto parsed = ParseManifest(std::string_view(text).substr(0, length), "m.yaml");
    if (parsed) continue;
    for (const Diagnostic& problem : parsed.error().diagnostics) {
      EXPECT_EQ(problem.location.file, "m.yaml");
      if (problem.severity == Severity::kError) {
        EXPECT_GT(problem.location.line, 0) << problem.ToString();
      }
    }
  }
}

TEST(ManifestLaws, AnyBrokenByteIsReadOrRefused) {
  const std::string text = Join(Parts());
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string broken = text;
    for (std::size_t n = 0; n <= random() % 3; ++n) {
      broken[random() % broken.size()] = static_cast<char>(random() % 256);
    }
    const auto parsed = ParseManifest(broken, "m.yaml");
    if (!parsed) {
      EXPECT_FALSE(parsed.error().diagnostics.empty());
    }
  }
}

}  // namespace
}  // namespace gitops
