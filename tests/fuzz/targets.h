// The fuzz targets by name. Each takes arbitrary bytes and throws PropertyBroken when the code
// under test does not keep what it promises; crashes, leaks, time and memory are the sanitizers' to
// see. One function a file in targets/; libFuzzer drives one of them (fuzz_main.cc), the replay
// test all.
#pragma once

#include <string_view>

namespace gitops::fuzz {

void FuzzApiBody(std::string_view bytes);
void FuzzConfig(std::string_view bytes);
void FuzzEnvFile(std::string_view bytes);
void FuzzFetchWire(std::string_view bytes);
void FuzzGlob(std::string_view bytes);
void FuzzHttpRequest(std::string_view bytes);
void FuzzKnownHosts(std::string_view bytes);
void FuzzManifest(std::string_view bytes);
void FuzzOutputs(std::string_view bytes);
void FuzzPattern(std::string_view bytes);
void FuzzPlanJson(std::string_view bytes);
void FuzzSourceUrl(std::string_view bytes);
void FuzzTreeObject(std::string_view bytes);
void FuzzTreeWalk(std::string_view bytes);
void FuzzWebhookAuth(std::string_view bytes);
void FuzzWebhookGitHub(std::string_view bytes);
void FuzzWebhookGitLab(std::string_view bytes);
void FuzzWebhookGitea(std::string_view bytes);
void FuzzWebhookBitbucket(std::string_view bytes);
void FuzzWebhookBitbucketServer(std::string_view bytes);
void FuzzWebhookGeneric(std::string_view bytes);
void FuzzRepositoryKey(std::string_view bytes);
void FuzzYaml(std::string_view bytes);

}  // namespace gitops::fuzz
