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
};

// One group an argument, in order; throws when the inputs do not fit the op.
std::vector<InputGroup> GroupInputs(const std::string& op, const OpSchema& schema, const std::vector<Attribute>& attributes, size_t inputs);

// The attributes without those that the inputs determine: the dtype of an input, the length and dtypes of a list. tfjs gives them too, now and
// then wrongly (Mean of int32), and TensorFlow infers them.
std::vector<Attribute> WithoutInferred(const OpSchema& schema, const std::vector<InputGroup>& groups, std::vector<Attribute> attributes);

}  // namespace reprise
