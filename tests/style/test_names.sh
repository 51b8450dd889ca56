#!/usr/bin/env bash
# ctest hands a case's name to Catch2, where a leading '-' is an option and '*', '[' and '~' select cases; CMake splits
# names at ';'. Such a case would run nothing, and pass.
source "$(dirname "${BASH_SOURCE[0]}")/files.sh"

{ files 'tests/*.cpp' | xargs grep -nE 'TEST_CASE\("(-|~|[^"]*[];*[])' || true; } |
  refuse_lines "ctest cannot call these tests by their names:"
