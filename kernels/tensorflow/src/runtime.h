// The TensorFlow context: one a process, shared by all Node environments (worker threads) in it.
#pragma once

#include <tensorflow/c/c_api.h>
#include <tensorflow/c/eager/c_api.h>

#include <string>

namespace reprise {

struct Runtime {
  TFE_Context* context = nullptr;
  std::string device;  // the GPU that ops run on, or empty for the CPU
  bool gpu = false;
};

// The context, made on the first call. It lives as long as the process: TensorFlow's thread pools do not survive being torn down at exit.
// `REPRISE_THREADS` sets the threads of an op and between ops; unset, TensorFlow takes every core.
const Runtime& GetRuntime();

// Tells glibc's allocator to keep big blocks: a training step frees and asks for the same megabytes again and again, and giving them
// back to the kernel each time costs a third of the step. `REPRISE_ALLOCATOR=default` leaves the allocator alone (for measurements).
void ConfigureAllocator();

}  // namespace reprise
