// Attributes of ops: read once from JavaScript, set on an eager op or on a graph node.
#pragma once

#include <napi.h>
#include <tensorflow/c/c_api.h>
#include <tensorflow/c/eager/c_api.h>

#include <string>
#include <vector>

#include "schema.h"
#include "values.h"

namespace reprise {

// One attribute; which fields hold its value depends on `type`, the type that the op's schema gives it ("int", "list(shape)", "func" ...).
struct Attribute {
  std::string name;
  std::string type;
  std::vector<std::string> strings;
  std::vector<int64_t> integers;  // ints, and types as their numbers
  std::vector<float> floats;
  std::vector<unsigned char> booleans;
  std::vector<Shape> shapes;
};

// Reads `[{ name, value }, …]`. An attribute that the op does not have, or a value of the wrong kind, is an error.
std::vector<Attribute> ReadAttributes(const std::string& op, const OpSchema& schema, const Napi::Value& list);

const Attribute* FindAttribute(const std::vector<Attribute>& attributes, const std::string& name);

void SetAttributes(TFE_Op* op, const std::vector<Attribute>& attributes, TF_Status* status);
void SetAttributes(TF_OperationDescription* node, const std::vector<Attribute>& attributes);

}  // namespace reprise
