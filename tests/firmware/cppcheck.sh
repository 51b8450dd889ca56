#!/usr/bin/env bash
# Runs cppcheck over the firmware, with its addon for MISRA C:2012 over the driver.
# usage: cppcheck.sh GENERATED_HEADERS     from the root of the repository
set -euo pipefail
generated=${1:?usage: cppcheck.sh GENERATED_HEADERS}

command -v cppcheck >/dev/null || { echo "skipped: cppcheck is missing (package cppcheck)"; exit 77; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check() {
  cppcheck --quiet --std=c11 --platform=unix32 --error-exitcode=1 --inline-suppr \
    --suppressions-list=firmware/cppcheck_suppressions.txt -I . -I "$generated" "$@"
}

# An addon that does not run finds nothing: it must see an octal number (rule 7.1) in a file that is otherwise fine.
echo 'int octal(void); int octal(void) { return 017; }' >"$scratch/octal.c"
if check --addon=misra --enable=style "$scratch/octal.c" 2>"$scratch/findings"; then
  echo "cppcheck's MISRA addon does not find an octal number:"
  cat "$scratch/findings"
  exit 1
fi
grep -q 'misra-c2012-7\.1' "$scratch/findings" || { cat "$scratch/findings"; exit 1; }

check --addon=misra --enable=all firmware/driver/*.c
check --enable=warning,style,performance,portability firmware/apps/*/*.c firmware/bsp/*.c firmware/ports/*/*.c
