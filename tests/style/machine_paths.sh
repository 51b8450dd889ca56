#!/usr/bin/env bash
# Home folders and workplaces exist on one machine only.
source "$(dirname "${BASH_SOURCE[0]}")/files.sh"

{ files '*' | xargs grep -nIE '(^|[^[:alnum:]_./-])/(home|root|work|Users|mnt|media|workspace)/' || true; } |
  refuse_lines "these lines name a path of one machine:"
