#include "values.h"

#include <cstring>
#include <limits>
#include <sstream>

#include "status.h"

namespace reprise {
namespace {

const char* Name(TF_DataType dtype) {
  switch (dtype) {
    case TF_FLOAT: return "float32";
    case TF_DOUBLE: return "float64";
    case TF_INT32: return "int32";
    case TF_UINT8: return "uint8";
    case TF_INT16: return "int16";
    case TF_INT8: return "int8";
    case TF_STRING: return "string";
    case TF_COMPLEX64: return "complex64";
    case TF_INT64: return "int64";
    case TF_BOOL: return "bool";
    case TF_BFLOAT16: return "bfloat16";
    case TF_UINT16: return "uint16";
    case TF_HALF: return "float16";
    case TF_RESOURCE: return "resource";
    case TF_VARIANT: return "variant";
    case TF_UINT32: return "uint32";
    case TF_UINT64: return "uint64";
    default: return "unknown dtype";
  }
}

// The typed array that carries a dtype, and the numbers of it that one element takes.
struct Carrier {
  napi_typedarray_type type;
  int per_element;
};

Carrier CarrierOf(TF_DataType dtype) {
  switch (dtype) {
    case TF_FLOAT: return {napi_float32_array, 1};
    case TF_COMPLEX64: return {napi_float32_array, 2};
    case TF_DOUBLE: return {napi_float64_array, 1};
    case TF_INT32: return {napi_int32_array, 1};
    case TF_UINT32: return {napi_uint32_array, 1};
    case TF_INT64: return {napi_bigint64_array, 1};
    case TF_UINT64: return {napi_biguint64_array, 1};
    case TF_INT16: return {napi_int16_array, 1};
    case TF_UINT16: case TF_HALF: case TF_BFLOAT16: return {napi_uint16_array, 1};
    case TF_INT8: return {napi_int8_array, 1};
    case TF_BOOL: case TF_UINT8: return {napi_uint8_array, 1};
    default: throw Error(std::string("values of dtype ") + Name(dtype) + " do not cross into JavaScript");
  }
}

bool Carries(napi_typedarray_type type, TF_DataType dtype, int* per_element) {
  const Carrier carrier = CarrierOf(dtype);
  *per_element = carrier.per_element;
  if (type == carrier.type) return true;
  if (type == napi_uint8_clamped_array && carrier.type == napi_uint8_array) return true;
  if (type == napi_int32_array && dtype == TF_INT64) {  // tfjs writes an int64 as two words
    *per_element = 2;
    return true;
  }
  return false;
}

void ReleaseStrings(void* data, size_t length, void*) {
  auto* strings = static_cast<TF_TString*>(data);
  for (size_t i = 0; i < length / sizeof(TF_TString); ++i) TF_TString_Dealloc(&strings[i]);
  ::operator delete(data);
}

TF_Tensor* StringTensor(const Shape& shape, int64_t count, const Napi::Value& values) {
  if (!values.IsArray()) throw Error("a string tensor takes an array of Uint8Array");
  const Napi::Array array = values.As<Napi::Array>();
  if (array.Length() != count) {
    throw Error(Describe(TF_STRING, shape) + " takes " + std::to_string(count) + " strings, not " + std::to_string(array.Length()));
  }
  const size_t bytes = count * sizeof(TF_TString);
  auto* strings = static_cast<TF_TString*>(::operator new(bytes > 0 ? bytes : 1));
  for (int64_t i = 0; i < count; ++i) TF_TString_Init(&strings[i]);
  for (int64_t i = 0; i < count; ++i) {
    const Napi::Value item = array.Get(static_cast<uint32_t>(i));
    if (item.IsTypedArray() && item.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array) {
      const auto text = item.As<Napi::Uint8Array>();
      TF_TString_Copy(&strings[i], reinterpret_cast<const char*>(text.Data()), text.ByteLength());
    } else if (item.IsString()) {
      const std::string text = item.As<Napi::String>();
      TF_TString_Copy(&strings[i], text.data(), text.size());
    } else {
      ReleaseStrings(strings, bytes, nullptr);
      throw Error("element " + std::to_string(i) + " of a string tensor is neither a Uint8Array nor a string");
    }
  }
  return TF_NewTensor(TF_STRING, shape.data(), static_cast<int>(shape.size()), strings, bytes, ReleaseStrings, nullptr);
}

Napi::Value StringValues(Napi::Env env, TF_Tensor* tensor) {
  const int64_t count = TF_TensorElementCount(tensor);
  const auto* strings = static_cast<const TF_TString*>(TF_TensorData(tensor));
  Napi::Array values = Napi::Array::New(env, count);
  for (int64_t i = 0; i < count; ++i) {
    const size_t size = TF_TString_GetSize(&strings[i]);
    Napi::Uint8Array text = Napi::Uint8Array::New(env, size);
    if (size > 0) std::memcpy(text.Data(), TF_TString_GetDataPointer(&strings[i]), size);
    values.Set(static_cast<uint32_t>(i), text);
  }
  return values;
}

}  // namespace

std::string Describe(TF_DataType dtype, const Shape& shape) {
  std::ostringstream text;
  text << Name(dtype) << '[';
  for (size_t i = 0; i < shape.size(); ++i) text << (i ? "," : "") << shape[i];
  text << ']';
  return text.str();
}

int64_t CountElements(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t dimension : shape) {
    if (dimension < 0) throw Error("a shape has the negative dimension " + std::to_string(dimension));
    if (__builtin_mul_overflow(count, dimension, &count)) throw Error("a shape has more elements than a number can count");
  }
  return count;
}

Shape ShapeFromValue(const Napi::Value& value) {
  if (!value.IsArray()) throw Error("a shape must be an array of numbers");
  const Napi::Array array = value.As<Napi::Array>();
  if (array.Length() > 254) throw Error("a shape has " + std::to_string(array.Length()) + " dimensions; TensorFlow takes at most 254");
  Shape shape(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    const double dimension = item.IsNumber() ? item.As<Napi::Number>().DoubleValue() : std::numeric_limits<double>::quiet_NaN();
    if (!(dimension >= -1 && dimension <= 9007199254740991.0) || dimension != static_cast<double>(static_cast<int64_t>(dimension))) {
      throw Error("dimension " + std::to_string(i) + " of a shape is not a whole number");
    }
    shape[i] = static_cast<int64_t>(dimension);
  }
  return shape;
}

TF_Tensor* TensorFromValues(TF_DataType dtype, const Shape& shape, const Napi::Value& values) {
  const int64_t count = CountElements(shape);
  if (dtype == TF_STRING) return StringTensor(shape, count, values);
  if (!values.IsTypedArray()) throw Error(Describe(dtype, shape) + " takes a typed array");
  const auto array = values.As<Napi::TypedArray>();
  int per_element = 1;
  if (!Carries(array.TypedArrayType(), dtype, &per_element)) {
    throw Error(Describe(dtype, shape) + " takes another kind of typed array than the one given");
  }
  if (count > static_cast<int64_t>(array.ElementLength()) || count * per_element != static_cast<int64_t>(array.ElementLength())) {
    throw Error(Describe(dtype, shape) + " takes " + std::to_string(count) + " elements; the typed array holds " +
                std::to_string(array.ElementLength() / per_element));
  }
  TF_Tensor* tensor = TF_AllocateTensor(dtype, shape.data(), static_cast<int>(shape.size()), array.ByteLength());
  if (tensor == nullptr) throw Error("out of memory for " + Describe(dtype, shape));
  if (array.ByteLength() > 0) {
    std::memcpy(TF_TensorData(tensor), static_cast<const uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset(), array.ByteLength());
  }
  return tensor;
}

Napi::Value ValuesFromTensor(Napi::Env env, TF_Tensor* tensor) {
  const TF_DataType dtype = TF_TensorType(tensor);
  if (dtype == TF_STRING) return StringValues(env, tensor);
  const Carrier carrier = CarrierOf(dtype);
  const size_t bytes = TF_TensorByteSize(tensor);
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, bytes);
  if (bytes > 0) std::memcpy(buffer.Data(), TF_TensorData(tensor), bytes);
  napi_value result;
  const napi_status status = napi_create_typedarray(env, carrier.type, TF_TensorElementCount(tensor) * carrier.per_element, buffer, 0, &result);
  if (status != napi_ok) throw Napi::Error::New(env);
  return Napi::Value(env, result);
}

}  // namespace reprise
