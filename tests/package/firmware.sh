#!/usr/bin/env bash
# Builds the board support, the driver and an application of one's own for RISC-V from the installed sources, and runs
# them. usage: firmware.sh PREFIX WORK
set -euo pipefail
prefix=$1 work=$2
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: riscv64-unknown-elf-gcc is missing"; exit 77; }

rm -rf "$work"
mkdir -p "$work"
share=$prefix/share/spinvp
cmake -S "$share/firmware/riscv" -B "$work/build" -DCMAKE_TOOLCHAIN_FILE="$share/firmware/riscv/toolchain.cmake" \
  -DSPINVP_SOURCE_DIR="$share" -DSPINVP_GENERATED_DIR="$prefix/include/spinvp" -DSPINVP_OUTPUT_DIR="$work" \
  -DSPINVP_APPS=firmware/apps/inference >"$work/configure.log"
cmake --build "$work/build"
models=$share/models
"$prefix/bin/spinvp" run --firmware "$work/inference.elf" --network "$models/digits_binary.onnx" --count 1 --quiet \
  --images "$models/digits-test-images-idx3-ubyte" --labels "$models/digits-test-labels-idx1-ubyte"
