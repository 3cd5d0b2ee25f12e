// The addon's state in one Node environment: tensors by id, the traces in progress, functions and saved models.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime.h"
#include "trace.h"

namespace reprise {

struct SavedModel {
  TF_Session* session;
  TF_Graph* graph;
};

class Environment {
 public:
  Environment() = default;
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The methods of TFJSBinding (@tensorflow/tfjs-node-gpu, dist/tfjs_binding.d.ts).
  Napi::Value CreateTensor(const Napi::CallbackInfo& info);
  Napi::Value DeleteTensor(const Napi::CallbackInfo& info);
  Napi::Value TensorDataSync(const Napi::CallbackInfo& info);
  Napi::Value ExecuteOp(const Napi::CallbackInfo& info);
  Napi::Value GetNumOfTensors(const Napi::CallbackInfo& info);
  Napi::Value IsUsingGpuDevice(const Napi::CallbackInfo& info);
  Napi::Value LoadSavedModel(const Napi::CallbackInfo& info);
  Napi::Value DeleteSavedModel(const Napi::CallbackInfo& info);
  Napi::Value RunSavedModel(const Napi::CallbackInfo& info);
  Napi::Value GetNumOfSavedModels(const Napi::CallbackInfo& info);

  // Tracing and compiled functions.
  Napi::Value BeginTrace(const Napi::CallbackInfo& info);
  Napi::Value TraceArgument(const Napi::CallbackInfo& info);
  Napi::Value EndTrace(const Napi::CallbackInfo& info);
  Napi::Value AbortTrace(const Napi::CallbackInfo& info);
  Napi::Value CallFunction(const Napi::CallbackInfo& info);
  Napi::Value DeleteFunction(const Napi::CallbackInfo& info);
  Napi::Value Devices(const Napi::CallbackInfo& info);

 private:
  // A tensor: a handle of TensorFlow, or an output of the graph that is being traced.
  struct Entry {
    TFE_TensorHandle* handle = nullptr;
    TF_Output symbol = {nullptr, 0};
    Trace* trace = nullptr;  // of a symbol: its trace; of a handle: the trace that it is a constant of, or none
    TensorType type;         // of a symbol
  };

  const Entry& Find(int32_t id) const;
  int32_t Add(TFE_TensorHandle* handle);
  int32_t Add(Trace* trace, TF_Output symbol, TensorType type);
  TF_Output AsNodeInput(Trace* trace, int32_t id);
  TensorType TypeOf(const Entry& entry) const;
  std::string DescribeInputs(const std::vector<int32_t>& ids) const;
  void ForgetTrace(Trace* trace);
  Trace* CurrentTrace(const char* method) const;
  const CompiledFunction& FindFunction(int32_t id) const;
  SavedModel& FindSavedModel(int32_t id);
  void CloseSavedModel(const SavedModel& model);

  std::vector<int32_t> ExecuteEagerly(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes,
                                      const std::vector<int32_t>& inputs, int outputs);
  std::vector<int32_t> ExecuteSymbolically(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes,
                                           const std::vector<int32_t>& inputs, int outputs);
  Napi::Value Metadata(Napi::Env env, const std::vector<int32_t>& ids) const;

  std::unordered_map<int32_t, Entry> tensors_;
  int32_t next_tensor_ = 0;
  std::vector<std::unique_ptr<Trace>> traces_;  // innermost last
  std::unordered_map<int32_t, std::unique_ptr<CompiledFunction>> functions_;
  int32_t next_function_ = 0;
  std::unordered_map<int32_t, SavedModel> models_;
  int32_t next_model_ = 0;
};

}  // namespace reprise
