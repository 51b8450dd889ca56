#!/usr/bin/env bash
# Runs clang-tidy with the checks of .clang-tidy; fails on any finding.
# usage: tools/lint.sh BUILD_FOLDER [FILE...]     without files: every C++ source outside tests and examples
set -euo pipefail
build=$(realpath "${1:?usage: tools/lint.sh BUILD_FOLDER [FILE...]}")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v clang-tidy >/dev/null || { echo "lint: clang-tidy is missing (package clang-tidy)"; exit 77; }
if [ ! -f "$build/compile_commands.json" ]; then
  echo "lint: $build/compile_commands.json is missing; configure with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON"
  exit 77
fi
if [ $# -eq 0 ]; then
  mapfile -t sources < <(git ls-files '*.cpp' ':!tests' ':!examples')
  set -- "${sources[@]}"
fi

# GCC's own optimisation flags mean nothing to clang-tidy.
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
sed -E 's/ -f(no-gcse|no-crossjumping|expensive-optimizations)//g' "$build/compile_commands.json" >"$commands/compile_commands.json"

if printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 clang-tidy -p "$commands" --quiet \
    2> >(grep -v 'warnings\? generated' >&2); then
  echo "lint: $# files without findings"
else
  echo "lint: see the findings above"
  exit 1
fi
