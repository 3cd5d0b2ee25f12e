// A second, tiny addon that does not link TensorFlow: the library writes notices to stderr while it is being loaded, whatever its log level,
// so stderr points elsewhere for that moment. Who sets TF_CPP_MIN_LOG_LEVEL sees everything.

#include <napi.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace {

std::mutex mutex;  // several Node environments may load the kernel at once
int saved = -1;
int depth = 0;
bool asked_for = false;

Napi::Value Silence(const Napi::CallbackInfo& info) {
  std::lock_guard<std::mutex> lock(mutex);
  if (depth++ > 0) return info.Env().Undefined();
  asked_for = std::getenv("TF_CPP_MIN_LOG_LEVEL") != nullptr;
  if (asked_for) return info.Env().Undefined();
  setenv("TF_CPP_MIN_LOG_LEVEL", "3", 0);  // what goes wrong comes back as an Error; TensorFlow reads this when it is loaded
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  std::fflush(stderr);
  saved = dup(STDERR_FILENO);
  if (nowhere >= 0) {
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  return info.Env().Undefined();
}

Napi::Value Restore(const Napi::CallbackInfo& info) {
  std::lock_guard<std::mutex> lock(mutex);
  if (--depth > 0 || asked_for) return info.Env().Undefined();
  unsetenv("TF_CPP_MIN_LOG_LEVEL");
  std::fflush(stderr);
  if (saved >= 0) {
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
