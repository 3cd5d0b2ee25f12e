#include "runtime.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "status.h"

namespace reprise {
namespace {

// A ConfigProto on the wire: intra_op_parallelism_threads = 2, inter_op_parallelism_threads = 5, gpu_options = 6 { allow_growth = 4 },
// allow_soft_placement = 7 (tensorflow/core/protobuf/config.proto).
std::string ConfigBytes(int threads) {
  std::string bytes;
  if (threads > 0) {
    bytes += {'\x10', static_cast<char>(threads), '\x28', static_cast<char>(threads)};
  }
  bytes += {'\x32', '\x02', '\x20', '\x01', '\x38', '\x01'};
  return bytes;
}

int ThreadsFromEnvironment() {
  const char* text = std::getenv("REPRISE_THREADS");
  if (text == nullptr || *text == '\0') return 0;
  char* end = nullptr;
  const long threads = std::strtol(text, &end, 10);
  if (*end != '\0' || threads < 1 || threads > 127) {
    throw Error(std::string("REPRISE_THREADS must be a whole number from 1 to 127, not '") + text + "'");
  }
  return static_cast<int>(threads);
}

Runtime* CreateRuntime() {
  Status status;
  const std::string config = ConfigBytes(ThreadsFromEnvironment());
  TFE_ContextOptions* options = TFE_NewContextOptions();
  TFE_ContextOptionsSetConfig(options, config.data(), config.size(), status);
  TFE_ContextOptionsSetAsync(options, 0);
  TFE_ContextOptionsSetDevicePlacementPolicy(options, TFE_DEVICE_PLACEMENT_SILENT);
  auto* runtime = new Runtime;
  if (status.ok()) runtime->context = TFE_NewContext(options, status);
  TFE_DeleteContextOptions(options);
  status.Check("TensorFlow did not start");

  TF_DeviceList* devices = TFE_ContextListDevices(runtime->context, status);
  status.Check("TensorFlow did not list its devices");
  for (int i = 0; i < TF_DeviceListCount(devices) && !runtime->gpu; ++i) {
    if (std::strcmp(TF_DeviceListType(devices, i, status), "GPU") == 0) {
      runtime->device = TF_DeviceListName(devices, i, status);
      runtime->gpu = true;
    }
  }
  TF_DeleteDeviceList(devices);
  return runtime;
}

}  // namespace

const Runtime& GetRuntime() {
  static std::mutex mutex;
  static Runtime* runtime = nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  if (runtime == nullptr) runtime = CreateRuntime();
  return *runtime;
}

void ConfigureAllocator() {
#ifdef __GLIBC__
  const char* choice = std::getenv("REPRISE_ALLOCATOR");
  if (choice != nullptr && std::strcmp(choice, "default") == 0) return;
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT32_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace reprise
