#include "attributes.h"

#include "status.h"

namespace reprise {
namespace {

[[noreturn]] void Refuse(const Attribute& attribute, const char* wanted) {
  throw Error("attribute '" + attribute.name + "' (" + attribute.type + ") takes " + wanted);
}

void ReadItem(const std::string& kind, const Napi::Value& item, Attribute* attribute) {
  if (kind == "int" || kind == "type") {
    if (!item.IsNumber()) Refuse(*attribute, "a whole number");
    attribute->integers.push_back(item.As<Napi::Number>().Int64Value());
  } else if (kind == "float") {
    if (!item.IsNumber()) Refuse(*attribute, "a number");
    attribute->floats.push_back(item.As<Napi::Number>().FloatValue());
  } else if (kind == "bool") {
    if (!item.IsBoolean()) Refuse(*attribute, "true or false");
    attribute->booleans.push_back(item.As<Napi::Boolean>().Value() ? 1 : 0);
  } else if (kind == "string" || kind == "func") {
    if (!item.IsString()) Refuse(*attribute, "a string");
    attribute->strings.push_back(item.As<Napi::String>());
  } else if (kind == "shape") {
    if (!item.IsArray()) Refuse(*attribute, "a shape");
    attribute->shapes.push_back(ShapeFromValue(item));
  } else {
    Refuse(*attribute, "values that only TensorFlow itself can make");
  }
}

bool StartsWithList(const std::string& type) { return type.compare(0, 5, "list(") == 0; }

Attribute ReadAttribute(const std::string& op, const OpSchema& schema, const Napi::Object& object) {
  Attribute attribute;
  attribute.name = object.Get("name").ToString();
  const auto found = schema.attributes.find(attribute.name);
  if (found == schema.attributes.end()) throw Error(op + " has no attribute '" + attribute.name + "'");
  attribute.type = found->second;
  const Napi::Value value = object.Get("value");
  const bool is_list = StartsWithList(attribute.type);
  const std::string kind = is_list ? attribute.type.substr(5, attribute.type.size() - 6) : attribute.type;
  if (is_list && value.IsArray()) {
    const Napi::Array items = value.As<Napi::Array>();
    for (uint32_t i = 0; i < items.Length(); ++i) ReadItem(kind, items.Get(i), &attribute);
  } else {
    ReadItem(kind, value, &attribute);
  }
  return attribute;
}

// Pointers and lengths, as the C API wants lists.
struct Views {
  std::vector<const void*> strings;
  std::vector<size_t> lengths;
  std::vector<TF_DataType> types;
  std::vector<const int64_t*> shapes;
  std::vector<int> ranks;

  explicit Views(const Attribute& attribute) {
    for (const auto& text : attribute.strings) {
      strings.push_back(text.data());
      lengths.push_back(text.size());
    }
    for (const int64_t number : attribute.integers) types.push_back(static_cast<TF_DataType>(number));
    for (const auto& shape : attribute.shapes) {
      shapes.push_back(shape.data());
      ranks.push_back(static_cast<int>(shape.size()));
    }
  }
};

}  // namespace

std::vector<Attribute> ReadAttributes(const std::string& op, const OpSchema& schema, const Napi::Value& list) {
  if (!list.IsArray()) throw Error("the attributes of " + op + " must be an array");
  const Napi::Array array = list.As<Napi::Array>();
  std::vector<Attribute> attributes;
  attributes.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    if (!item.IsObject()) throw Error("attribute " + std::to_string(i) + " of " + op + " must be { name, value }");
    attributes.push_back(ReadAttribute(op, schema, item.As<Napi::Object>()));
  }
  return attributes;
}

const Attribute* FindAttribute(const std::vector<Attribute>& attributes, const std::string& name) {
  for (const auto& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

void SetAttributes(TFE_Op* op, const std::vector<Attribute>& attributes, TF_Status* status) {
  for (const auto& a : attributes) {
    const char* name = a.name.c_str();
    const Views views(a);
    if (a.type == "int") TFE_OpSetAttrInt(op, name, a.integers[0]);
    else if (a.type == "float") TFE_OpSetAttrFloat(op, name, a.floats[0]);
    else if (a.type == "bool") TFE_OpSetAttrBool(op, name, a.booleans[0]);
    else if (a.type == "type") TFE_OpSetAttrType(op, name, views.types[0]);
    else if (a.type == "string") TFE_OpSetAttrString(op, name, a.strings[0].data(), a.strings[0].size());
    else if (a.type == "func") TFE_OpSetAttrFunctionName(op, name, a.strings[0].data(), a.strings[0].size());
    else if (a.type == "shape") TFE_OpSetAttrShape(op, name, a.shapes[0].data(), views.ranks[0], status);
    else if (a.type == "list(int)") TFE_OpSetAttrIntList(op, name, a.integers.data(), a.integers.size());
    else if (a.type == "list(float)") TFE_OpSetAttrFloatList(op, name, a.floats.data(), a.floats.size());
    else if (a.type == "list(bool)") TFE_OpSetAttrBoolList(op, name, a.booleans.data(), a.booleans.size());
    else if (a.type == "list(type)") TFE_OpSetAttrTypeList(op, name, views.types.data(), views.types.size());
    else if (a.type == "list(string)") TFE_OpSetAttrStringList(op, name, views.strings.data(), views.lengths.data(), views.strings.size());
    else if (a.type == "list(shape)") {
      std::vector<const int64_t*> shapes = views.shapes;
      TFE_OpSetAttrShapeList(op, name, shapes.data(), views.ranks.data(), shapes.size(), status);
    } else throw Error("attribute '" + a.name + "' has the type " + a.type + ", which cannot be set from JavaScript");
  }
}

void SetAttributes(TF_OperationDescription* node, const std::vector<Attribute>& attributes) {
  for (const auto& a : attributes) {
    const char* name = a.name.c_str();
    const Views views(a);
    if (a.type == "int") TF_SetAttrInt(node, name, a.integers[0]);
    else if (a.type == "float") TF_SetAttrFloat(node, name, a.floats[0]);
    else if (a.type == "bool") TF_SetAttrBool(node, name, a.booleans[0]);
    else if (a.type == "type") TF_SetAttrType(node, name, views.types[0]);
    else if (a.type == "string") TF_SetAttrString(node, name, a.strings[0].data(), a.strings[0].size());
    else if (a.type == "func") TF_SetAttrFuncName(node, name, a.strings[0].data(), a.strings[0].size());
    else if (a.type == "shape") TF_SetAttrShape(node, name, a.shapes[0].data(), views.ranks[0]);
    else if (a.type == "list(int)") TF_SetAttrIntList(node, name, a.integers.data(), a.integers.size());
    else if (a.type == "list(float)") TF_SetAttrFloatList(node, name, a.floats.data(), a.floats.size());
    else if (a.type == "list(bool)") TF_SetAttrBoolList(node, name, a.booleans.data(), a.booleans.size());
    else if (a.type == "list(type)") TF_SetAttrTypeList(node, name, views.types.data(), views.types.size());
    else if (a.type == "list(string)") TF_SetAttrStringList(node, name, views.strings.data(), views.lengths.data(), views.strings.size());
    else if (a.type == "list(shape)") TF_SetAttrShapeList(node, name, views.shapes.data(), views.ranks.data(), views.shapes.size());
    else throw Error("attribute '" + a.name + "' has the type " + a.type + ", which cannot be set from JavaScript");
  }
}

}  // namespace reprise
