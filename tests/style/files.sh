# Sourced by the checks: they look at the files that git knows.
set -euo pipefail

if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  echo "skipped: no git repository here, so nobody knows which files are ours"
  exit 77
fi

# Files that git knows and that are there, by pattern.
files() {
  git ls-files -- "$@" | while read -r file; do
    if [ -f "$file" ]; then
      echo "$file"
    fi
  done
}

# Fails the check when there are lines on stdin; shows them below `message`.
refuse_lines() {
  local message=$1 lines
  lines=$(cat)
  if [ -n "$lines" ]; then
    printf '%s\n%s\n' "$message" "$lines"
    exit 1
  fi
}
