// A second, tiny addon that does not link TensorFlow: the library writes notices to stderr while it is being loaded, before anyone can
// set its log level, so stderr points elsewhere for that moment.

#include <napi.h>

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace {

int saved = -1;

Napi::Value Silence(const Napi::CallbackInfo& info) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved < 0 && nowhere >= 0) {
    std::fflush(stderr);
    saved = dup(STDERR_FILENO);
    dup2(nowhere, STDERR_FILENO);
  }
  if (nowhere >= 0) close(nowhere);
  return info.Env().Undefined();
}

Napi::Value Restore(const Napi::CallbackInfo& info) {
  if (saved >= 0) {
    std::fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    saved = -1;
  }
  return info.Env().Undefined();
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("silence", Napi::Function::New(env, Silence, "silence"));
  exports.Set("restore", Napi::Function::New(env, Restore, "restore"));
  return exports;
}

}  // namespace

NODE_API_MODULE(reprise_quiet, Initialize)
