// CurlLibrary: libcurl's functions, loaded when they are first wanted. It brings 17 libraries
// along, whose start took a third of every command's, and few commands send anything
// (docs/decisions/0022-libcurl-for-what-goes-out.md). Never unloaded. Thread-safe.
#pragma once

#include <curl/curl.h>

#include <memory>

#include "engine/base/result.h"

namespace gitops {

/// libcurl's own functions, named without their "curl_".
struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_global_cleanup) global_cleanup = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
};

/// The version of its interface that the header describes, as all of its releases since 2006.
inline constexpr const char* kCurlFile = "libcurl.so.4";

/// Errors: kNotFound when there is no such library, or it lacks a function.
Result<std::unique_ptr<const CurlLibrary>> LoadCurl(const char* file = kCurlFile);

}  // namespace gitops
