#include "trace.h"

#include <atomic>
#include <cstring>

#include "inputs.h"
#include "status.h"

namespace reprise {
namespace {

// Above this a constant is handed to the function as an input: a graph is no place for megabytes.
constexpr size_t kLargestConstant = 64 << 10;

// Whether all elements are the same bytes, as those of zeros and ones are.
bool IsUniform(TF_Tensor* tensor, size_t element) {
  const auto* data = static_cast<const char*>(TF_TensorData(tensor));
  const size_t bytes = TF_TensorByteSize(tensor);
  return bytes > element && std::memcmp(data, data + element, bytes - element) == 0;
}

}  // namespace

Trace::~Trace() {
  for (TFE_TensorHandle* handle : held_) TFE_DeleteTensorHandle(handle);
  TF_DeleteGraph(graph_);
}

TF_Output Trace::Placeholder(const std::string& name, TF_DataType dtype, const Shape& shape) {
  Status status;
  TF_OperationDescription* node = TF_NewOperation(graph_, "Placeholder", name.c_str());
  TF_SetAttrType(node, "dtype", dtype);
  TF_SetAttrShape(node, "shape", shape.data(), static_cast<int>(shape.size()));
  TF_Operation* operation = TF_FinishOperation(node, status);
  status.Check();
  return {operation, 0};
}

TF_Output Trace::AddArgument(TF_DataType dtype, const Shape& shape) {
  arguments_.push_back(Placeholder("argument_" + std::to_string(arguments_.size()), dtype, shape));
  return arguments_.back();
}

TF_Output Trace::Capture(int32_t id, TF_DataType dtype, const Shape& shape) {
  const auto found = capture_of_.find(id);
  if (found != capture_of_.end()) return found->second;
  const TF_Output input = Placeholder("captured_" + std::to_string(captures_.size()), dtype, shape);
  captures_.push_back(input);
  captured_ids_.push_back(id);
  capture_of_.emplace(id, input);
  return input;
}

// A big tensor of one value, as a scalar and its shape.
TF_Output Trace::Splat(TF_Tensor* value) {
  Status status;
  const TF_DataType dtype = TF_TensorType(value);
  const std::string name = "constant_" + std::to_string(constants_++);
  TF_Tensor* scalar = TF_AllocateTensor(dtype, nullptr, 0, TF_DataTypeSize(dtype));
  std::memcpy(TF_TensorData(scalar), TF_TensorData(value), TF_DataTypeSize(dtype));
  const int64_t rank = TF_NumDims(value);
  TF_Tensor* shape = TF_AllocateTensor(TF_INT64, &rank, 1, rank * sizeof(int64_t));
  for (int i = 0; i < rank; ++i) static_cast<int64_t*>(TF_TensorData(shape))[i] = TF_Dim(value, i);

  TF_Operation* parts[2];
  TF_Tensor* values[2] = {shape, scalar};
  for (int i = 0; i < 2; ++i) {
    TF_OperationDescription* node = TF_NewOperation(graph_, "Const", (name + (i == 0 ? "_shape" : "_value")).c_str());
    TF_SetAttrType(node, "dtype", TF_TensorType(values[i]));
    TF_SetAttrTensor(node, "value", values[i], status);
    TF_DeleteTensor(values[i]);
    parts[i] = TF_FinishOperation(node, status);
    status.Check();
  }
  TF_OperationDescription* node = TF_NewOperation(graph_, "Fill", name.c_str());
  TF_AddInput(node, {parts[0], 0});
  TF_AddInput(node, {parts[1], 0});
  TF_Operation* fill = TF_FinishOperation(node, status);
  status.Check();
  return {fill, 0};
}

TF_Output Trace::Constant(int32_t id, TFE_TensorHandle* handle) {
  const auto found = constant_of_.find(id);
  if (found != constant_of_.end()) return found->second;
  Status status;
  TF_Tensor* value = TFE_TensorHandleResolve(handle, status);
  status.Check("a constant of the traced function");
  const TF_DataType dtype = TF_TensorType(value);
  const size_t element = TF_DataTypeSize(dtype);  // 0 for strings
  TF_Output output;
  if (element > 0 && TF_TensorByteSize(value) > 256 && IsUniform(value, element)) {
    output = Splat(value);
  } else if (element > 0 && TF_TensorByteSize(value) > kLargestConstant) {
    Shape shape(TF_NumDims(value));
    for (size_t i = 0; i < shape.size(); ++i) shape[i] = TF_Dim(value, static_cast<int>(i));
    output = Placeholder("held_" + std::to_string(held_.size()), dtype, shape);
    held_.push_back(TFE_TensorHandleCopySharingTensor(handle, status));
    held_inputs_.push_back(output);
  } else {
    TF_OperationDescription* node = TF_NewOperation(graph_, "Const", ("constant_" + std::to_string(constants_++)).c_str());
    TF_SetAttrType(node, "dtype", dtype);
    TF_SetAttrTensor(node, "value", value, status);
    output = {TF_FinishOperation(node, status), 0};
  }
  TF_DeleteTensor(value);
  status.Check("a constant of the traced function");
  constant_of_.emplace(id, output);
  return output;
}

std::vector<TF_Output> Trace::AddOp(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes,
                                    const std::vector<TF_Output>& inputs) {
  const std::vector<InputGroup> groups = GroupInputs(op, schema, attributes, inputs.size());
  const std::string name = op + "_" + std::to_string(nodes_++);
  TF_OperationDescription* node = TF_NewOperation(graph_, op.c_str(), name.c_str());
  size_t at = 0;
  for (const InputGroup& group : groups) {
    if (group.is_list) {
      TF_AddInputList(node, inputs.data() + at, static_cast<int>(group.size));
    } else {
      TF_AddInput(node, inputs[at]);
    }
    at += group.size;
  }
  SetAttributes(node, WithoutInferred(schema, groups, attributes));
  Status status;
  TF_Operation* operation = TF_FinishOperation(node, status);
  status.Check();
  std::vector<TF_Output> outputs(TF_OperationNumOutputs(operation));
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i] = {operation, static_cast<int>(i)};
  return outputs;
}

TensorType Trace::TypeOf(TF_Output output) const {
  Status status;
  const int rank = TF_GraphGetTensorNumDims(graph_, output, status);
  status.Check();
  const std::string name = TF_OperationName(output.oper);
  if (rank < 0) throw Error("the shape of " + name + " depends on values, so it cannot be traced");
  Shape shape(rank);
  TF_GraphGetTensorShape(graph_, output, shape.data(), rank, status);
  status.Check();
  for (const int64_t dimension : shape) {
    if (dimension < 0) throw Error("the shape of " + name + " depends on values, so it cannot be traced");
  }
  return {TF_OperationOutputType(output), shape};
}

std::unique_ptr<CompiledFunction> Trace::Finish(TFE_Context* context, const std::vector<TF_Output>& outputs, bool must_compile) {
  static std::atomic<int> counter{0};
  Status status;
  auto function = std::make_unique<CompiledFunction>();
  function->name = "reprise_" + std::to_string(counter++) + "_" + name_;
  function->arguments = arguments_.size();
  function->nodes = nodes_;

  std::vector<TF_Output> results;
  for (size_t i = 0; i < outputs.size(); ++i) {  // an Identity each: an output may be an input, or stand twice
    function->outputs.push_back(TypeOf(outputs[i]));
    TF_OperationDescription* node = TF_NewOperation(graph_, "Identity", ("result_" + std::to_string(i)).c_str());
    TF_AddInput(node, outputs[i]);
    TF_Operation* identity = TF_FinishOperation(node, status);
    status.Check();
    results.push_back({identity, 0});
  }
  std::vector<TF_Output> inputs = arguments_;
  inputs.insert(inputs.end(), captures_.begin(), captures_.end());
  inputs.insert(inputs.end(), held_inputs_.begin(), held_inputs_.end());
  TF_Function* made = TF_GraphToFunction(graph_, function->name.c_str(), 0, -1, nullptr, static_cast<int>(inputs.size()), inputs.data(),
                                         static_cast<int>(results.size()), results.data(), nullptr, nullptr, nullptr, status);
  status.Check("the traced function could not be made");
  if (must_compile) {
    const char yes[] = {'\x28', '\x01'};  // AttrValue { b: true }
    TF_FunctionSetAttrValueProto(made, "_XlaMustCompile", yes, sizeof(yes), status);
  }
  if (status.ok()) TFE_ContextAddFunction(context, made, status);
  TF_DeleteFunction(made);
  status.Check("the traced function could not be added");
  function->captured = captured_ids_;
  function->held.swap(held_);
  return function;
}

}  // namespace reprise
