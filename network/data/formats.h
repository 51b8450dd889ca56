#pragma once

namespace spinvp::network::data {

/// What files of images may be, for messages.
constexpr const char* image_formats =
    "IDX (0x00000803 or 0x00000804), NumPy's .npy, CIFAR-10 binary (records of 3073 bytes, the first a label from 0 to "
    "9), any of them plain or gzip-compressed, or a folder of PNG files";

}  // namespace spinvp::network::data
