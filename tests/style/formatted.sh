#!/usr/bin/env bash
# Every C and C++ file is as clang-format leaves it.
source "$(dirname "${BASH_SOURCE[0]}")/files.sh"

command -v clang-format >/dev/null || { echo "skipped: clang-format is missing (package clang-format)"; exit 77; }
if files '*.h' '*.cpp' '*.c' | xargs clang-format --dry-run -Werror 2>&1; then
  exit 0
fi
echo "repair with: clang-format -i FILE..."
exit 1
