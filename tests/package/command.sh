#!/usr/bin/env bash
# usage: command.sh PREFIX
set -euo pipefail
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
cp -r "$1" "$away/elsewhere"
cd "$away"
models=elsewhere/share/spinvp/models
elsewhere/bin/spinvp run --network $models/digits_ternary.onnx --images $models/digits-test-images-idx3-ubyte \
  --labels $models/digits-test-labels-idx1-ubyte --count 2 --quiet >run.txt
grep -q "2 images, accuracy 100.00 %" run.txt
elsewhere/bin/spinvp inspect --chip isqed >chip.txt
grep -q "isqed: 8 banks" chip.txt
