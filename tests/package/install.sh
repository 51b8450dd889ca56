#!/usr/bin/env bash
# usage: install.sh BUILD SOURCE PREFIX
set -euo pipefail
build=$1 source=$2 prefix=$3

rm -rf "$prefix"
cmake --install "$build" --prefix "$prefix" >/dev/null

for file in bin/spinvp include/spinvp/ip/pim/pim_device.h include/spinvp/ip/interface/pim_view.h \
  include/spinvp/ip/interface/pim_interface.h include/spinvp/platform/boot_info.h \
  include/spinvp/firmware/driver/pim_driver.h share/spinvp/firmware/driver/pim_driver.c \
  share/spinvp/firmware/inference.elf share/spinvp/configs/chips/imce.yaml share/spinvp/models/digits_ternary.onnx \
  share/spinvp/examples/minimal_soc/main.cpp share/doc/spinvp/integration.md; do
  [ -f "$prefix/$file" ] || { echo "$file is missing"; exit 1; }
done
[ -z "$(find "$prefix" -type d -empty)" ] || { echo "empty folders:"; find "$prefix" -type d -empty; exit 1; }

# Debug information aside, nothing may know where it was built.
if grep -rIlF -e "$source" -e "$build" "$prefix"; then
  echo "these files name the folder they were built in"
  exit 1
fi
