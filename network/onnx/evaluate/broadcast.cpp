#include "network/onnx/evaluate/broadcast.h"

#include <algorithm>

namespace spinvp::network::onnx {

Dims broadcast_dims(const Call& call, const std::vector<const Dims*>& shapes) {
  std::size_t rank = 0;
  for (const Dims* shape : shapes) {
    rank = std::max(rank, shape->size());
  }
  Dims result(rank, 1);
  for (const Dims* shape : shapes) {
    const std::size_t shift = rank - shape->size();
    for (std::size_t i = 0; i < shape->size(); ++i) {
      std::int64_t& dim = result[i + shift];
      const std::int64_t own = (*shape)[i];
      if (own != dim && own != 1 && dim != 1) {
        std::vector<std::string> texts;
        for (const Dims* each : shapes) {
          texts.push_back(shape_text(*each));
        }
        call.refuse("its inputs have the shapes {}, which do not fit each other", fmt::join(texts, " and "));
      }
      dim = own == 1 ? dim : own;
    }
  }
  return result;
}

std::vector<std::size_t> broadcast_strides(const Dims& own, const Dims& result) {
  std::vector<std::size_t> strides = strides_of(own);
  for (std::size_t i = 0; i < own.size(); ++i) {
    strides[i] = own[i] == 1 ? 0 : strides[i];
  }
  strides.insert(strides.begin(), result.size() - own.size(), 0);
  return strides;
}

}  // namespace spinvp::network::onnx
