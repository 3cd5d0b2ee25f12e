// Values across the border: JavaScript typed arrays (and arrays of byte strings) to TensorFlow tensors and back.
#pragma once

#include <napi.h>
#include <tensorflow/c/c_api.h>

#include <cstdint>
#include <string>
#include <vector>

namespace reprise {

using Shape = std::vector<int64_t>;

// "float32[2,3]"
std::string Describe(TF_DataType dtype, const Shape& shape);

// The elements of a shape; throws when a dimension is negative or the product overflows.
int64_t CountElements(const Shape& shape);

Shape ShapeFromValue(const Napi::Value& value);

// A new tensor owned by the caller. `values` is the typed array of the dtype (int64: BigInt64Array, or Int32Array with two words
// an element; bool and uint8: Uint8Array; complex64: Float32Array with two numbers an element), or for strings an array of Uint8Array.
TF_Tensor* TensorFromValues(TF_DataType dtype, const Shape& shape, const Napi::Value& values);

// A copy of the tensor's values as the typed array of its dtype; strings and resources as an array of Uint8Array.
Napi::Value ValuesFromTensor(Napi::Env env, TF_Tensor* tensor);

}  // namespace reprise
