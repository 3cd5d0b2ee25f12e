// What TensorFlow says of its own ops: which inputs are lists, and the type of each attribute.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

namespace reprise {

struct ArgSchema {
  std::string name;
  std::string type_attr;       // the attribute that holds its dtype
  std::string number_attr;     // a list of tensors of one type, its length in this attribute
  std::string type_list_attr;  // a list of tensors of several types, named in this attribute
  bool is_list() const { return !number_attr.empty() || !type_list_attr.empty(); }
};

struct OpSchema {
  std::vector<ArgSchema> inputs;
  std::unordered_map<std::string, std::string> attributes;  // name -> "int", "list(type)", "func" ...
};

// The schema of an op, or nullptr for a name that TensorFlow does not know.
const OpSchema* FindSchema(const std::string& op_name);

}  // namespace reprise
