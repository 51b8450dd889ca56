#!/usr/bin/env bash
# Does what docs/integration.md says under "From an empty directory to a running system", with the files as printed there.
# usage: guide.sh PREFIX WORK
set -euo pipefail
prefix=$1 work=$2
guide=$prefix/share/doc/spinvp/integration.md

# The first block of a language; the blocks of no language in the section, by number.
block() { awk -v fence="\`\`\`$1" '$0 == "```" && on { exit } on { print } $0 == fence { on = 1 }' "$guide"; }
plain() {
  sed -n '/^## From an empty directory/,/^## The ports/p' "$guide" |
    awk -v wanted="$1" '$0 ~ /^```/ { if (on) { on = 0 } else { on = 1; n += $0 == "```"; plain = $0 == "```" }; next }
      on && plain && n == wanted { print }'
}

rm -rf "$work"
mkdir -p "$work"
cd "$work"
block cmake >CMakeLists.txt
block cpp >main.cpp
plain 1 | sed "s|\$HOME/spinvp|$prefix|g" >commands.sh
bash -euo pipefail commands.sh >output.txt
diff <(plain 2) <(tail -n 2 output.txt)

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig:$(echo "$prefix"/lib/*/pkgconfig)
rm -r build
plain 3 >commands.sh
bash -euo pipefail commands.sh
./my_system "$prefix/share/spinvp/configs/chips/imce.yaml" | diff <(plain 2) -
