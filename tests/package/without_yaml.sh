#!/usr/bin/env bash
# usage: without_yaml.sh PREFIX WORK PROGRAM      PROGRAM was built where CMake finds no yaml-cpp
set -euo pipefail
prefix=$1 work=$2 program=$3

rm -rf "$work"
mkdir -p "$work"
readelf -d "$program" >"$work/libraries.txt"
grep -q libsystemc "$work/libraries.txt"
if grep yaml "$work/libraries.txt"; then
  echo "the chip links with yaml-cpp"
  exit 1
fi

# Who asks for what needs it is told.
printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(Platform LANGUAGES CXX)' \
  'find_package(SpinVP REQUIRED COMPONENTS platform)' >"$work/CMakeLists.txt"
if cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_yaml-cpp=ON \
  >"$work/refused.log" 2>&1; then
  echo "the platform was found without yaml-cpp"
  exit 1
fi
grep -q "libyaml-cpp-dev" "$work/refused.log"
