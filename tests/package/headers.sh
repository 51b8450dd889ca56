#!/usr/bin/env bash
# usage: headers.sh PREFIX WORK
set -euo pipefail
prefix=$1 work=$2
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig:$(echo "$prefix"/lib/*/pkgconfig)
mkdir -p "$work"
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only)

# One translation unit; that each header brings what it needs, its own source file sees to.
(cd "$prefix/include/spinvp" && find core ip platform firmware/driver firmware/apps -name '*.h' | sort) |
  sed 's/.*/#include "&"/' >"$work/headers.cpp"
read -ra flags < <(pkg-config --cflags spinvp-platform)
"$CXX" "${flags[@]}" "${warnings[@]}" "$work/headers.cpp"

printf '#include "firmware/driver/pim_driver.h"\n#include "firmware/apps/inference/inference.h"\n' >"$work/headers.c"
read -ra flags < <(pkg-config --cflags spinvp-driver)
"$CC" -std=c11 "${flags[@]}" "${warnings[@]}" "$work/headers.c"
echo "$(wc -l <"$work/headers.cpp") headers"
