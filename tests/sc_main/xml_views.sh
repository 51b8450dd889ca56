#!/usr/bin/env bash
# usage: xml_views.sh SPINVP well-formed|valid: whether the SVD and IP-XACT views are XML, or valid by the schemas that
# SPINVP_SVD_SCHEMA (CMSIS-SVD.xsd) and SPINVP_IPXACT_SCHEMA (index.xsd of 1685-2014) name.
set -euo pipefail
spinvp=$1 question=$2

command -v xmllint >/dev/null || { echo "skipped: xmllint is missing (package libxml2-utils)"; exit 77; }

check() {  # FORMAT [SCHEMA]
  "$spinvp" regs --format "$1" | xmllint --noout --nonet ${2:+--schema "$2"} -
}

if [ "$question" = well-formed ]; then
  check svd
  check ipxact
elif [ -n "${SPINVP_SVD_SCHEMA:-}${SPINVP_IPXACT_SCHEMA:-}" ]; then
  [ -z "${SPINVP_SVD_SCHEMA:-}" ] || check svd "$SPINVP_SVD_SCHEMA"
  [ -z "${SPINVP_IPXACT_SCHEMA:-}" ] || check ipxact "$SPINVP_IPXACT_SCHEMA"
else
  echo "skipped: neither SPINVP_SVD_SCHEMA (CMSIS-SVD.xsd) nor SPINVP_IPXACT_SCHEMA (1685-2014/index.xsd) names a schema"
  exit 77
fi
