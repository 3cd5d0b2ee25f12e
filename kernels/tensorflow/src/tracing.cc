// The methods of the environment that trace functions and call them.

#include "arguments.h"
#include "environment.h"
#include "status.h"

namespace reprise {

int32_t Environment::Add(Trace* trace, TF_Output symbol, TensorType type) {
  Entry entry;
  entry.symbol = symbol;
  entry.trace = trace;
  entry.type = std::move(type);
  tensors_.emplace(next_tensor_, std::move(entry));
  return next_tensor_++;
}

TF_Output Environment::AsNodeInput(Trace* trace, int32_t id) {
  const Entry& entry = Find(id);
  if (entry.trace == trace) return entry.handle == nullptr ? entry.symbol : trace->Constant(id, entry.handle);
  if (entry.handle == nullptr && entry.trace == nullptr) throw Error("an input belongs to a traced function that has ended");
  const TensorType type = TypeOf(entry);
  return trace->Capture(id, type.dtype, type.shape);
}

std::vector<int32_t> Environment::ExecuteSymbolically(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes,
                                                      const std::vector<int32_t>& inputs, int outputs) {
  Trace* trace = traces_.back().get();
  std::vector<TF_Output> symbols;
  for (const int32_t id : inputs) symbols.push_back(AsNodeInput(trace, id));
  const std::vector<TF_Output> results = trace->AddOp(op, schema, attributes, symbols);
  if (static_cast<int>(results.size()) < outputs) {
    throw Error("the op has " + std::to_string(results.size()) + " outputs, not " + std::to_string(outputs));
  }
  std::vector<TensorType> types;
  for (int i = 0; i < outputs; ++i) types.push_back(trace->TypeOf(results[i]));
  std::vector<int32_t> ids;
  for (int i = 0; i < outputs; ++i) ids.push_back(Add(trace, results[i], std::move(types[i])));
  return ids;
}

Trace* Environment::CurrentTrace(const char* method) const {
  if (traces_.empty()) throw Error(std::string(method) + " outside a trace");
  return traces_.back().get();
}

Napi::Value Environment::BeginTrace(const Napi::CallbackInfo& info) {
  traces_.push_back(std::make_unique<Trace>(TextArgument(info, 0, "name")));
  return info.Env().Undefined();
}

Napi::Value Environment::TraceArgument(const Napi::CallbackInfo& info) {
  Trace* trace = CurrentTrace("traceArgument");
  TensorType type{static_cast<TF_DataType>(IntegerArgument(info, 1, "dtype")), ShapeFromValue(info[0])};
  CountElements(type.shape);
  const TF_Output input = trace->AddArgument(type.dtype, type.shape);
  return Napi::Number::New(info.Env(), Add(trace, input, std::move(type)));
}

// The trace has ended: its constants are ordinary tensors from now on, its symbols dead until they are disposed.
void Environment::ForgetTrace(Trace* trace) {
  for (auto& [id, entry] : tensors_) {
    if (entry.trace == trace) entry.trace = nullptr;
  }
}

Napi::Value Environment::EndTrace(const Napi::CallbackInfo& info) {
  Trace* trace = CurrentTrace("endTrace");
  const std::vector<int32_t> ids = IdsArgument(info, 0, "outputIds");
  const bool must_compile = info[1].ToBoolean();
  std::vector<TF_Output> outputs;
  for (const int32_t id : ids) outputs.push_back(AsNodeInput(trace, id));
  std::unique_ptr<CompiledFunction> function = trace->Finish(GetRuntime().context, outputs, must_compile);

  Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  Napi::Int32Array captured = Napi::Int32Array::New(env, function->captured.size());
  for (size_t i = 0; i < function->captured.size(); ++i) captured[i] = function->captured[i];
  result.Set("functionId", next_function_);
  result.Set("name", function->name);
  result.Set("nodes", function->nodes);
  result.Set("captured", captured);
  functions_.emplace(next_function_++, std::move(function));
  ForgetTrace(trace);
  traces_.pop_back();
  return result;
}

Napi::Value Environment::AbortTrace(const Napi::CallbackInfo& info) {
  ForgetTrace(CurrentTrace("abortTrace"));
  traces_.pop_back();
  return info.Env().Undefined();
}

const CompiledFunction& Environment::FindFunction(int32_t id) const {
  const auto found = functions_.find(id);
  if (found == functions_.end()) throw Error("there is no compiled function with id " + std::to_string(id));
  return *found->second;
}

Napi::Value Environment::CallFunction(const Napi::CallbackInfo& info) {
  const CompiledFunction& function = FindFunction(IntegerArgument(info, 0, "functionId"));
  if (!traces_.empty()) throw Error("callFunction: a function is being traced");
  const std::vector<int32_t> ids = IdsArgument(info, 1, "inputIds");
  const size_t wanted = function.arguments + function.captured.size();
  if (ids.size() != wanted) {
    throw Error(function.name + " takes " + std::to_string(wanted) + " inputs, not " + std::to_string(ids.size()));
  }
  Status status;
  const Runtime& runtime = GetRuntime();
  std::unique_ptr<TFE_Op, decltype(&TFE_DeleteOp)> operation(TFE_NewOp(runtime.context, function.name.c_str(), status), TFE_DeleteOp);
  status.Check();
  if (runtime.gpu) TFE_OpSetDevice(operation.get(), runtime.device.c_str(), status);
  for (const int32_t id : ids) {
    TFE_TensorHandle* handle = Find(id).handle;
    if (handle == nullptr) throw Error(function.name + ": an input belongs to another trace");
    TFE_OpAddInput(operation.get(), handle, status);
  }
  for (TFE_TensorHandle* handle : function.held) TFE_OpAddInput(operation.get(), handle, status);
  status.Check();
  int count = static_cast<int>(function.outputs.size());
  std::vector<TFE_TensorHandle*> results(count, nullptr);
  TFE_Execute(operation.get(), results.data(), &count, status);
  status.Check();
  Napi::Int32Array outputs = Napi::Int32Array::New(info.Env(), count);
  for (int i = 0; i < count; ++i) outputs[i] = Add(results[i]);
  return outputs;
}

Napi::Value Environment::DeleteFunction(const Napi::CallbackInfo& info) {
  const int32_t id = IntegerArgument(info, 0, "functionId");
  const CompiledFunction& function = FindFunction(id);
  for (TFE_TensorHandle* handle : function.held) TFE_DeleteTensorHandle(handle);
  Status status;
  TFE_ContextRemoveFunction(GetRuntime().context, function.name.c_str(), status);
  functions_.erase(id);
  status.Check("deleteFunction");
  return info.Env().Undefined();
}

}  // namespace reprise
