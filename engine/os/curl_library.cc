#include "engine/os/curl_library.h"

#include <dlfcn.h>

#include <utility>

namespace gitops {
namespace {

Error NoLibrary() {
  const char* reason = dlerror();
  return MakeError(ErrorKind::kNotFound, "libcurl cannot be loaded", reason ? reason : "",
                   "install it: apt-get install libcurl4");
}

template <typename Function>
Status Find(void* library, const char* name, Function& function) {
  void* const found = dlsym(library, name);
  if (found == nullptr) return NoLibrary();
  function = reinterpret_cast<Function>(found);
  return {};
}

}  // namespace

Result<std::unique_ptr<const CurlLibrary>> LoadCurl(const char* file) {
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return NoLibrary();
  auto curl = std::make_unique<CurlLibrary>();
  RETURN_IF_ERROR(Find(library, "curl_global_init", curl->global_init));
  RETURN_IF_ERROR(Find(library, "curl_global_cleanup", curl->global_cleanup));
  RETURN_IF_ERROR(Find(library, "curl_easy_init", curl->easy_init));
  RETURN_IF_ERROR(Find(library, "curl_easy_cleanup", curl->easy_cleanup));
  RETURN_IF_ERROR(Find(library, "curl_easy_setopt", curl->easy_setopt));
  RETURN_IF_ERROR(Find(library, "curl_easy_perform", curl->easy_perform));
  RETURN_IF_ERROR(Find(library, "curl_easy_getinfo", curl->easy_getinfo));
  RETURN_IF_ERROR(Find(library, "curl_easy_strerror", curl->easy_strerror));
  RETURN_IF_ERROR(Find(library, "curl_slist_append", curl->slist_append));
  RETURN_IF_ERROR(Find(library, "curl_slist_free_all", curl->slist_free_all));
  return std::unique_ptr<const CurlLibrary>(std::move(curl));
}

}  // namespace gitops
