// Tracing: ops become the nodes of a graph instead of being executed, and the graph becomes a function of TensorFlow.
#pragma once

#include <tensorflow/c/c_api.h>
#include <tensorflow/c/eager/c_api.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "attributes.h"
#include "values.h"

namespace reprise {

// The static type of a graph output.
struct TensorType {
  TF_DataType dtype = TF_FLOAT;
  Shape shape;
};

// A function that can be called: its inputs are the arguments, then the captured tensors, then the held ones.
struct CompiledFunction {
  std::string name;
  size_t arguments = 0;
  std::vector<int32_t> captured;         // ids of tensors from outside, given again at each call
  std::vector<TFE_TensorHandle*> held;   // constants too big for the graph; owned
  std::vector<TensorType> outputs;
  int nodes = 0;
};

class Trace {
 public:
  explicit Trace(const std::string& name) : name_(name), graph_(TF_NewGraph()) {}
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // A new argument of the function.
  TF_Output AddArgument(TF_DataType dtype, const Shape& shape);

  // The node input for a tensor from outside the trace, the same for the same id.
  TF_Output Capture(int32_t id, TF_DataType dtype, const Shape& shape);

  // The node input for a tensor that was made from JavaScript values during the trace: a Const node, or an extra input when it is big.
  TF_Output Constant(int32_t id, TFE_TensorHandle* handle);

  std::vector<TF_Output> AddOp(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes,
                               const std::vector<TF_Output>& inputs);

  // The static type of an output; throws when the shape depends on values, for then the rest could not be traced.
  TensorType TypeOf(TF_Output output) const;

  // Makes the function and adds it to the context. `must_compile`: by XLA.
  std::unique_ptr<CompiledFunction> Finish(TFE_Context* context, const std::vector<TF_Output>& outputs, bool must_compile);

  int nodes() const { return nodes_; }

 private:
  TF_Output Placeholder(const std::string& name, TF_DataType dtype, const Shape& shape);
  TF_Output Splat(TF_Tensor* value);

  std::string name_;
  TF_Graph* graph_;
  int nodes_ = 0;
  int constants_ = 0;
  std::vector<TF_Output> arguments_;
  std::vector<TF_Output> captures_;
  std::vector<int32_t> captured_ids_;
  std::unordered_map<int32_t, TF_Output> capture_of_;
  std::vector<TF_Output> held_inputs_;
  std::vector<TFE_TensorHandle*> held_;
  std::unordered_map<int32_t, TF_Output> constant_of_;
};

}  // namespace reprise
