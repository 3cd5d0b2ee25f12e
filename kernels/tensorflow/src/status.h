// Errors: a TensorFlow status becomes a C++ exception, and at the border of the addon a JavaScript Error.
#pragma once

#include <tensorflow/c/tf_status.h>

#include <stdexcept>
#include <string>

namespace reprise {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

// Owns a TF_Status; `Check` throws when the last call with it failed.
class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;

  operator TF_Status*() const { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  std::string message() const { return TF_Message(status_); }
  void Check(const std::string& context = "") const {
    if (!ok()) throw Error(context.empty() ? message() : context + ": " + message());
  }

 private:
  TF_Status* status_;
};

}  // namespace reprise
