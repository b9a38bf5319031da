#pragma once

#include <memory>
#include <string>
#include <utility>

#include "harmonium/dataset.hpp"

namespace harmonium {

/// Another source with one part passed through `transform(matrix)`, in place, as it is read.
template <class Transform>
class Transformed final : public RowSource {
 public:
  Transformed(std::shared_ptr<const RowSource> inner, Index part, Transform transform)
      : inner_(std::move(inner)), part_(part), transform_(std::move(transform)) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    inner_->read(part, rows, pass, out);
    if (part == part_) transform_(out);
  }

  void fetch_ahead(Index part, Span<const Index> rows) const override { inner_->fetch_ahead(part, rows); }

 private:
  std::shared_ptr<const RowSource> inner_;
  Index part_;
  Transform transform_;
};

template <class Transform>
Dataset transformed(const Dataset& data, const std::string& part, Transform transform) {
  return Dataset(data.spec(),
                 std::make_shared<const Transformed<Transform>>(data.source(), data.part(part), std::move(transform)));
}

}  // namespace harmonium
