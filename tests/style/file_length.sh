#!/usr/bin/env bash
# A file that grows beyond this usually holds two ideas.
source "$(dirname "${BASH_SOURCE[0]}")/files.sh"

limit=450
files '*.h' '*.cpp' '*.c' '*.S' '*.yaml' '*.cmake' '*CMakeLists.txt' '*.sh' ':!tests' |
  while read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt "$limit" ]; then
      echo "$file: $lines lines"
    fi
  done | refuse_lines "these files have more than $limit lines:"
