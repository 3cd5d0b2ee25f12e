#include "inputs.h"

#include <algorithm>

#include "status.h"

namespace reprise {
namespace {

// The length that the attributes give to a list argument, or -1.
int64_t GivenLength(const ArgSchema& arg, const std::vector<Attribute>& attributes) {
  if (!arg.number_attr.empty()) {
    const Attribute* number = FindAttribute(attributes, arg.number_attr);
    return number == nullptr ? -1 : number->integers.at(0);
  }
  const Attribute* types = FindAttribute(attributes, arg.type_list_attr);
  return types == nullptr ? -1 : static_cast<int64_t>(types->integers.size());
}

}  // namespace

std::vector<InputGroup> GroupInputs(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes, size_t inputs) {
  std::vector<InputGroup> groups;
  size_t known = 0;
  int open = -1;  // the one list whose length follows from the number of inputs
  for (const ArgSchema& arg : schema.inputs) {
    const int64_t given = arg.is_list() ? GivenLength(arg, attributes) : 1;
    if (given < 0) {
      if (open >= 0) throw Error(op + " has two lists of inputs: say their lengths by attributes");
      open = static_cast<int>(groups.size());
    }
    groups.push_back({given < 0 ? 0 : static_cast<size_t>(given), arg.is_list()});
    known += groups.back().size;
  }
  if (open >= 0 && inputs >= known) {
    groups[open].size = inputs - known;
    known = inputs;
  }
  if (known != inputs) {
    throw Error(op + " takes " + std::to_string(known) + " inputs, not " + std::to_string(inputs));
  }
  return groups;
}

std::vector<Attribute> WithoutInferred(const OpSchema& schema, const std::vector<InputGroup>& groups, std::vector<Attribute> attributes) {
  const auto inferred = [&](const Attribute& attribute) {
    for (size_t i = 0; i < groups.size(); ++i) {
      const ArgSchema& arg = schema.inputs[i];
      if (groups[i].size == 0) continue;  // an empty list says nothing
      if (attribute.name == arg.type_attr || attribute.name == arg.number_attr || attribute.name == arg.type_list_attr) return true;
    }
    return false;
  };
  attributes.erase(std::remove_if(attributes.begin(), attributes.end(), inferred), attributes.end());
  return attributes;
}

}  // namespace reprise
