// The addon: TensorFlow's C API for Node, with the interface that tfjs-node-gpu's JavaScript expects (TFJSBinding), and tracing.

#include <napi.h>

#include "environment.h"
#include "status.h"

namespace reprise {
namespace {

using Method = Napi::Value (Environment::*)(const Napi::CallbackInfo&);

// Calls a method of this Node environment's state; a C++ exception becomes a JavaScript Error.
template <Method method>
Napi::Value Call(const Napi::CallbackInfo& info) {
  try {
    return (info.Env().GetInstanceData<Environment>()->*method)(info);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
}

template <Method method>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<Call<method>>(exports.Env(), name));
}

void ExportNumber(Napi::Object exports, const char* name, int value) { exports.Set(name, Napi::Number::New(exports.Env(), value)); }

}  // namespace

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  ConfigureAllocator();
  env.SetInstanceData(new Environment);  // deleted with the Node environment

  Export<&Environment::CreateTensor>(exports, "createTensor");
  Export<&Environment::DeleteTensor>(exports, "deleteTensor");
  Export<&Environment::TensorDataSync>(exports, "tensorDataSync");
  Export<&Environment::ExecuteOp>(exports, "executeOp");
  Export<&Environment::GetNumOfTensors>(exports, "getNumOfTensors");
  Export<&Environment::IsUsingGpuDevice>(exports, "isUsingGpuDevice");
  Export<&Environment::LoadSavedModel>(exports, "loadSavedModel");
  Export<&Environment::DeleteSavedModel>(exports, "deleteSavedModel");
  Export<&Environment::RunSavedModel>(exports, "runSavedModel");
  Export<&Environment::GetNumOfSavedModels>(exports, "getNumOfSavedModels");
  Export<&Environment::BeginTrace>(exports, "beginTrace");
  Export<&Environment::TraceArgument>(exports, "traceArgument");
  Export<&Environment::EndTrace>(exports, "endTrace");
  Export<&Environment::AbortTrace>(exports, "abortTrace");
  Export<&Environment::CallFunction>(exports, "callFunction");
  Export<&Environment::DeleteFunction>(exports, "deleteFunction");
  Export<&Environment::Devices>(exports, "devices");

  ExportNumber(exports, "TF_FLOAT", TF_FLOAT);
  ExportNumber(exports, "TF_INT32", TF_INT32);
  ExportNumber(exports, "TF_INT64", TF_INT64);
  ExportNumber(exports, "TF_BOOL", TF_BOOL);
  ExportNumber(exports, "TF_COMPLEX64", TF_COMPLEX64);
  ExportNumber(exports, "TF_STRING", TF_STRING);
  ExportNumber(exports, "TF_RESOURCE", TF_RESOURCE);
  ExportNumber(exports, "TF_UINT8", TF_UINT8);
  ExportNumber(exports, "TF_ATTR_STRING", TF_ATTR_STRING);
  ExportNumber(exports, "TF_ATTR_INT", TF_ATTR_INT);
  ExportNumber(exports, "TF_ATTR_FLOAT", TF_ATTR_FLOAT);
  ExportNumber(exports, "TF_ATTR_BOOL", TF_ATTR_BOOL);
  ExportNumber(exports, "TF_ATTR_TYPE", TF_ATTR_TYPE);
  ExportNumber(exports, "TF_ATTR_SHAPE", TF_ATTR_SHAPE);
  ExportNumber(exports, "TF_ATTR_RESOURCE", TF_ATTR_TENSOR);  // the C API has no attribute type for resources; tfjs never passes one
  exports.Set("TF_Version", Napi::String::New(env, TF_Version()));
  return exports;
}

NODE_API_MODULE(reprise_tensorflow, Initialize)

}  // namespace reprise
