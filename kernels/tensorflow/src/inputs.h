// How a flat list of inputs divides among the arguments of an op, some of which are lists.
#pragma once

#include <string>
#include <vector>

#include "attributes.h"
#include "schema.h"

namespace reprise {

struct InputGroup {
  size_t size;
  bool is_list;
  bool sized_by_attribute;  // an attribute given by the caller says how long the list is
};

// One group an argument, in order; throws when the inputs do not fit the op.
std::vector<InputGroup> GroupInputs(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes, size_t inputs);

}  // namespace reprise
