// Arguments of the addon's methods, checked.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "status.h"

namespace reprise {

inline int32_t IntegerArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsNumber()) throw Error(std::string(name) + " must be a number");
  const double value = info[index].As<Napi::Number>().DoubleValue();
  const auto integer = static_cast<int32_t>(value);
  if (value != integer) throw Error(std::string(name) + " must be a whole number");
  return integer;
}

inline std::string TextArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsString()) throw Error(std::string(name) + " must be a string");
  return info[index].As<Napi::String>();
}

// Ids from an array of numbers or an Int32Array.
inline std::vector<int32_t> IdsArgument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (info[index].IsTypedArray() && info[index].As<Napi::TypedArray>().TypedArrayType() == napi_int32_array) {
    const auto array = info[index].As<Napi::Int32Array>();
    return std::vector<int32_t>(array.Data(), array.Data() + array.ElementLength());
  }
  if (!info[index].IsArray()) throw Error(std::string(name) + " must be an array of tensor ids");
  const Napi::Array array = info[index].As<Napi::Array>();
  std::vector<int32_t> ids(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value id = array.Get(i);
    if (!id.IsNumber()) throw Error(std::string(name) + " must be an array of tensor ids");
    ids[i] = id.As<Napi::Number>().Int32Value();
  }
  return ids;
}

}  // namespace reprise
