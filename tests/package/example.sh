#!/usr/bin/env bash
# Copies examples away from here, builds one against an install tree, and runs it.
# usage: example.sh find_package|pkg-config PREFIX EXAMPLES EXAMPLE WORK [CMAKE_OPTION...]
set -euo pipefail
way=$1 prefix=$2 examples=$3 example=$4 work=$5
shift 5

rm -rf "$work"
mkdir -p "$work"
cp -r "$examples" "$work/examples"
cd "$work/examples/$example"
case $way in
  find_package)
    cmake -S . -B build -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER_LAUNCHER="$CCACHE" "$@" >"$work/configure.log"
    cmake --build build --target run
    ;;
  pkg-config)
    make run CXX="$CCACHE $CXX" CXXFLAGS=-Wall PKG_CONFIG_PATH="$prefix/lib/pkgconfig:$(echo "$prefix"/lib/*/pkgconfig)"
    ;;
esac
