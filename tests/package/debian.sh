#!/usr/bin/env bash
# Makes the packages, installs them into an empty root, runs the command there, and removes them again.
# usage: debian.sh BUILD WORK
set -euo pipefail
build=$1 work=$2
export PATH=$PATH:/usr/sbin:/sbin # where dpkg looks for its helpers
for tool in cpack dpkg fakeroot; do
  command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done

rm -rf "$work"
mkdir -p "$work/packages" "$work/root/var/lib/dpkg/updates" "$work/root/var/lib/dpkg/info"
touch "$work/root/var/lib/dpkg/status"
(cd "$work" && cpack --config "$build/CPackConfig.cmake" -B "$work/packages" >cpack.log)
cd "$work"
for package in spinvp spinvp-dev; do
  dpkg-deb --info packages/${package}_*.deb >$package.txt
done
grep -q "Depends:.*libsystemc" spinvp.txt
grep -q "Depends:.*spinvp (= .*libsystemc-dev" spinvp-dev.txt

# What the packages depend on is on this machine, but not in that root.
in_root() { fakeroot dpkg --root="$work/root" --force-depends --force-not-root --log=/dev/null "$@" >>dpkg.log 2>&1; }
before=$(cd root && find . -path ./var/lib/dpkg -prune -o -print | sort)
in_root --install packages/*.deb
root/usr/bin/spinvp inspect --chip imce >chip.txt
grep -q "imce: 8 banks" chip.txt
in_root --purge spinvp-dev spinvp
after=$(cd root && find . -path ./var/lib/dpkg -prune -o -print | sort)
[ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); exit 1; }
