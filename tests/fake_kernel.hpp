#pragma once

#include <gtest/gtest.h>

#include "memory_kernel.hpp"

namespace harmonium::testing {

/// The message of the Error that `body` throws; a failure of the test where it throws none.
template <class Body>
std::string message_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

}  // namespace harmonium::testing
