#include "schema.h"

#include <tensorflow/c/c_api.h>

#include <cstdint>

#include "status.h"

namespace reprise {
namespace {

// A reader of the protocol-buffer wire format: enough for OpList, so that the addon needs no protobuf library.
class Reader {
 public:
  Reader(const char* data, size_t size) : at_(data), end_(data + size) {}

  // Steps to the next field; false at the end.
  bool Next() {
    if (at_ >= end_) return false;
    const uint64_t key = Varint();
    field_ = static_cast<int>(key >> 3);
    switch (key & 7) {
      case 0: Varint(); break;
      case 1: Skip(8); break;
      case 2: {
        const uint64_t size = Varint();
        const char* start = at_;
        Skip(size);
        text_start_ = start;
        text_size_ = size;
        break;
      }
      case 5: Skip(4); break;
      default: throw Error("TensorFlow's list of ops has an unknown wire type");
    }
    return true;
  }
  int field() const { return field_; }
  std::string text() const { return std::string(text_start_, text_size_); }
  Reader message() const { return Reader(text_start_, text_size_); }

 private:
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ >= end_) throw Error("TensorFlow's list of ops ends early");
      const uint8_t byte = static_cast<uint8_t>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
    throw Error("TensorFlow's list of ops has a number that is too long");
  }
  void Skip(uint64_t size) {
    if (size > static_cast<uint64_t>(end_ - at_)) throw Error("TensorFlow's list of ops ends early");
    at_ += size;
  }

  const char* at_;
  const char* end_;
  int field_ = 0;
  const char* text_start_ = nullptr;
  size_t text_size_ = 0;
};

// Field numbers: tensorflow/core/framework/op_def.proto.
ArgSchema ReadArg(Reader reader) {
  ArgSchema arg;
  while (reader.Next()) {
    if (reader.field() == 1) arg.name = reader.text();
    if (reader.field() == 4) arg.type_attr = reader.text();
    if (reader.field() == 5) arg.number_attr = reader.text();
    if (reader.field() == 6) arg.type_list_attr = reader.text();
  }
  return arg;
}

void ReadOp(Reader reader, std::unordered_map<std::string, OpSchema>* all) {
  std::string name;
  OpSchema schema;
  while (reader.Next()) {
    if (reader.field() == 1) name = reader.text();
    if (reader.field() == 2) schema.inputs.push_back(ReadArg(reader.message()));
    if (reader.field() == 4) {
      std::string attribute, type;
      for (Reader attr = reader.message(); attr.Next();) {
        if (attr.field() == 1) attribute = attr.text();
        if (attr.field() == 2) type = attr.text();
      }
      schema.attributes.emplace(attribute, type);
    }
  }
  all->emplace(name, std::move(schema));
}

std::unordered_map<std::string, OpSchema> ReadAll() {
  std::unordered_map<std::string, OpSchema> all;
  TF_Buffer* buffer = TF_GetAllOpList();
  for (Reader list(static_cast<const char*>(buffer->data), buffer->length); list.Next();) {
    if (list.field() == 1) ReadOp(list.message(), &all);
  }
  TF_DeleteBuffer(buffer);
  return all;
}

}  // namespace

const OpSchema* FindSchema(const std::string& op_name) {
  static const auto* all = new std::unordered_map<std::string, OpSchema>(ReadAll());
  const auto found = all->find(op_name);
  return found == all->end() ? nullptr : &found->second;
}

}  // namespace reprise
