#include "environment.h"

#include "arguments.h"
#include "inputs.h"
#include "status.h"

namespace reprise {

Environment::~Environment() {
  for (const auto& [id, entry] : tensors_) {
    if (entry.handle != nullptr) TFE_DeleteTensorHandle(entry.handle);
  }
  for (const auto& [id, function] : functions_) {
    for (TFE_TensorHandle* handle : function->held) TFE_DeleteTensorHandle(handle);
  }
  for (const auto& [id, model] : models_) CloseSavedModel(model);
}

const Environment::Entry& Environment::Find(int32_t id) const {
  const auto found = tensors_.find(id);
  if (found == tensors_.end()) throw Error("there is no tensor with id " + std::to_string(id) + "; it was disposed or never made");
  return found->second;
}

int32_t Environment::Add(TFE_TensorHandle* handle) {
  Entry entry;
  entry.handle = handle;
  tensors_.emplace(next_tensor_, std::move(entry));
  return next_tensor_++;
}

TensorType Environment::TypeOf(const Entry& entry) const {
  if (entry.handle == nullptr) return entry.type;
  Status status;
  TensorType type;
  type.dtype = TFE_TensorHandleDataType(entry.handle);
  const int rank = TFE_TensorHandleNumDims(entry.handle, status);
  status.Check();
  type.shape.resize(rank);
  for (int i = 0; i < rank; ++i) type.shape[i] = TFE_TensorHandleDim(entry.handle, i, status);
  status.Check();
  return type;
}

// " (inputs: float32[2,3], int32[])"
std::string Environment::DescribeInputs(const std::vector<int32_t>& ids) const {
  std::string text = " (inputs:";
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto found = tensors_.find(ids[i]);
    text += i ? ", " : " ";
    if (found == tensors_.end()) {
      text += "no tensor " + std::to_string(ids[i]);
    } else {
      const TensorType type = TypeOf(found->second);
      text += Describe(type.dtype, type.shape);
    }
  }
  return text + (ids.empty() ? " none)" : ")");
}

Napi::Value Environment::CreateTensor(const Napi::CallbackInfo& info) {
  const Shape shape = ShapeFromValue(info[0]);
  const auto dtype = static_cast<TF_DataType>(IntegerArgument(info, 1, "dtype"));
  const bool outside = info[3].IsBoolean() && info[3].As<Napi::Boolean>().Value();  // made before the trace: captured, not a constant
  Status status;
  TF_Tensor* tensor = TensorFromValues(dtype, shape, info[2]);
  TFE_TensorHandle* handle = TFE_NewTensorHandle(tensor, status);
  TF_DeleteTensor(tensor);
  status.Check("createTensor");
  const int32_t id = Add(handle);
  if (!traces_.empty() && !outside) tensors_[id].trace = traces_.back().get();
  return Napi::Number::New(info.Env(), id);
}

Napi::Value Environment::DeleteTensor(const Napi::CallbackInfo& info) {
  const int32_t id = IntegerArgument(info, 0, "tensorId");
  const Entry entry = Find(id);
  if (entry.handle != nullptr) TFE_DeleteTensorHandle(entry.handle);
  tensors_.erase(id);
  return info.Env().Undefined();
}

Napi::Value Environment::TensorDataSync(const Napi::CallbackInfo& info) {
  const Entry& entry = Find(IntegerArgument(info, 0, "tensorId"));
  if (entry.handle == nullptr && entry.trace == nullptr) throw Error("the tensor belongs to a traced function that has ended");
  if (entry.handle == nullptr) {
    throw Error(std::string("the values of ") + TF_OperationName(entry.symbol.oper) +
                " are not known while a function is traced: no dataSync, data, array or print inside compile; return the tensor and read it outside");
  }
  Status status;
  TF_Tensor* tensor = TFE_TensorHandleResolve(entry.handle, status);
  status.Check("tensorDataSync");
  struct Release {
    TF_Tensor* tensor;
    ~Release() { TF_DeleteTensor(tensor); }
  } release{tensor};
  return ValuesFromTensor(info.Env(), tensor);
}

Napi::Value Environment::GetNumOfTensors(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(tensors_.size()));
}

Napi::Value Environment::IsUsingGpuDevice(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), GetRuntime().gpu); }

Napi::Value Environment::Devices(const Napi::CallbackInfo& info) {
  Status status;
  TF_DeviceList* devices = TFE_ContextListDevices(GetRuntime().context, status);
  status.Check();
  Napi::Array names = Napi::Array::New(info.Env());
  for (int i = 0; i < TF_DeviceListCount(devices); ++i) {
    names.Set(static_cast<uint32_t>(i), Napi::String::New(info.Env(), TF_DeviceListName(devices, i, status)));
  }
  TF_DeleteDeviceList(devices);
  return names;
}

// [{ id, shape, dtype }]
Napi::Value Environment::Metadata(Napi::Env env, const std::vector<int32_t>& ids) const {
  Napi::Array list = Napi::Array::New(env, ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const TensorType type = TypeOf(Find(ids[i]));
    Napi::Array shape = Napi::Array::New(env, type.shape.size());
    for (size_t d = 0; d < type.shape.size(); ++d) shape.Set(static_cast<uint32_t>(d), static_cast<double>(type.shape[d]));
    Napi::Object metadata = Napi::Object::New(env);
    metadata.Set("id", ids[i]);
    metadata.Set("shape", shape);
    metadata.Set("dtype", static_cast<int>(type.dtype));
    list.Set(static_cast<uint32_t>(i), metadata);
  }
  return list;
}

Napi::Value Environment::ExecuteOp(const Napi::CallbackInfo& info) {
  const std::string op = TextArgument(info, 0, "opName");
  const std::vector<int32_t> inputs = IdsArgument(info, 2, "inputTensorIds");
  const int outputs = IntegerArgument(info, 3, "numOutputs");
  try {
    const OpSchema* schema = FindSchema(op);
    if (schema == nullptr) throw Error("TensorFlow has no op of this name");
    const std::vector<Attribute> attributes = ReadAttributes(op, *schema, info[1]);
    return Metadata(info.Env(), traces_.empty() ? ExecuteEagerly(op, *schema, attributes, inputs, outputs)
                                                : ExecuteSymbolically(op, *schema, attributes, inputs, outputs));
  } catch (const Error& error) {
    throw Error(op + ": " + error.what() + DescribeInputs(inputs));
  }
}

std::vector<int32_t> Environment::ExecuteEagerly(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes,
                                                 const std::vector<int32_t>& inputs, int outputs) {
  const Runtime& runtime = GetRuntime();
  const std::vector<InputGroup> groups = GroupInputs(op, schema, attributes, inputs.size());
  std::vector<TFE_TensorHandle*> handles;
  for (const int32_t id : inputs) handles.push_back(Find(id).handle);
  for (TFE_TensorHandle* handle : handles) {
    if (handle == nullptr) throw Error("an input belongs to a traced function and cannot be used outside it");
  }

  Status status;
  std::unique_ptr<TFE_Op, decltype(&TFE_DeleteOp)> operation(TFE_NewOp(runtime.context, op.c_str(), status), TFE_DeleteOp);
  status.Check();
  if (runtime.gpu) TFE_OpSetDevice(operation.get(), runtime.device.c_str(), status);
  SetAttributes(operation.get(), WithoutInferred(schema, groups, attributes), status);
  status.Check();
  size_t at = 0;
  for (const InputGroup& group : groups) {
    if (group.is_list) {
      TFE_OpAddInputList(operation.get(), handles.data() + at, static_cast<int>(group.size), status);
    } else {
      TFE_OpAddInput(operation.get(), handles[at], status);
    }
    at += group.size;
    status.Check();
  }
  if (outputs < 0 || outputs > 100000) throw Error("an op cannot have " + std::to_string(outputs) + " outputs");
  std::vector<TFE_TensorHandle*> results(outputs, nullptr);
  int count = outputs;
  TFE_Execute(operation.get(), results.data(), &count, status);
  status.Check();
  std::vector<int32_t> ids;
  for (int i = 0; i < count; ++i) ids.push_back(Add(results[i]));
  return ids;
}

}  // namespace reprise
