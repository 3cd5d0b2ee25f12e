// The methods of the environment for TensorFlow's saved models.

#include <sstream>

#include "arguments.h"
#include "environment.h"
#include "status.h"

namespace reprise {
namespace {

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

// "name:1" is output 1 of the operation `name`; without a number, output 0.
TF_Output FindOutput(TF_Graph* graph, const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string name = text.substr(0, colon);
  TF_Operation* operation = TF_GraphOperationByName(graph, name.c_str());
  if (operation == nullptr) throw Error("the saved model has no operation '" + name + "'");
  const int index = colon == std::string::npos ? 0 : std::atoi(text.c_str() + colon + 1);
  if (index < 0 || index >= TF_OperationNumOutputs(operation)) throw Error("the operation '" + name + "' has no output " + std::to_string(index));
  return {operation, index};
}

// Tensors that are freed together.
struct Tensors {
  std::vector<TF_Tensor*> list;
  ~Tensors() {
    for (TF_Tensor* tensor : list) {
      if (tensor != nullptr) TF_DeleteTensor(tensor);
    }
  }
};

}  // namespace

SavedModel& Environment::FindSavedModel(int32_t id) {
  const auto found = models_.find(id);
  if (found == models_.end()) throw Error("there is no saved model with id " + std::to_string(id));
  return found->second;
}

void Environment::CloseSavedModel(const SavedModel& model) {
  Status status;
  TF_CloseSession(model.session, status);
  TF_DeleteSession(model.session, status);
  TF_DeleteGraph(model.graph);
}

Napi::Value Environment::LoadSavedModel(const Napi::CallbackInfo& info) {
  const std::string folder = TextArgument(info, 0, "exportDir");
  const std::vector<std::string> tags = Split(TextArgument(info, 1, "tags"));
  std::vector<const char*> tag_texts;
  for (const auto& tag : tags) tag_texts.push_back(tag.c_str());
  Status status;
  TF_Graph* graph = TF_NewGraph();
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Session* session = TF_LoadSessionFromSavedModel(options, nullptr, folder.c_str(), tag_texts.data(), static_cast<int>(tag_texts.size()), graph,
                                                     nullptr, status);
  TF_DeleteSessionOptions(options);
  if (!status.ok()) {
    TF_DeleteGraph(graph);
    status.Check("the saved model " + folder);
  }
  models_.emplace(next_model_, SavedModel{session, graph});
  return Napi::Number::New(info.Env(), next_model_++);
}

Napi::Value Environment::DeleteSavedModel(const Napi::CallbackInfo& info) {
  const int32_t id = IntegerArgument(info, 0, "savedModelId");
  CloseSavedModel(FindSavedModel(id));
  models_.erase(id);
  return info.Env().Undefined();
}

Napi::Value Environment::RunSavedModel(const Napi::CallbackInfo& info) {
  const SavedModel model = FindSavedModel(IntegerArgument(info, 0, "savedModelId"));
  const std::vector<int32_t> ids = IdsArgument(info, 1, "inputTensorIds");
  const std::vector<std::string> input_names = Split(TextArgument(info, 2, "inputOpNames"));
  const std::vector<std::string> output_names = Split(TextArgument(info, 3, "outputOpNames"));
  if (ids.size() != input_names.size()) {
    throw Error("the saved model was given " + std::to_string(ids.size()) + " tensors for " + std::to_string(input_names.size()) + " inputs");
  }
  Status status;
  Tensors inputs, outputs;
  std::vector<TF_Output> input_nodes, output_nodes;
  for (size_t i = 0; i < ids.size(); ++i) {
    const Entry& entry = Find(ids[i]);
    if (entry.handle == nullptr) throw Error("a saved model cannot run inside a traced function");
    inputs.list.push_back(TFE_TensorHandleResolve(entry.handle, status));
    status.Check(input_names[i]);
    input_nodes.push_back(FindOutput(model.graph, input_names[i]));
  }
  for (const auto& name : output_names) output_nodes.push_back(FindOutput(model.graph, name));
  outputs.list.resize(output_nodes.size(), nullptr);
  TF_SessionRun(model.session, nullptr, input_nodes.data(), inputs.list.data(), static_cast<int>(input_nodes.size()), output_nodes.data(),
                outputs.list.data(), static_cast<int>(output_nodes.size()), nullptr, 0, nullptr, status);
  status.Check("the saved model");
  std::vector<int32_t> results;
  for (TF_Tensor* tensor : outputs.list) {
    TFE_TensorHandle* handle = TFE_NewTensorHandle(tensor, status);
    status.Check("the saved model");
    results.push_back(Add(handle));
  }
  return Metadata(info.Env(), results);
}

Napi::Value Environment::GetNumOfSavedModels(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(models_.size()));
}

}  // namespace reprise
