#!/usr/bin/env bash
# Runs both fuzzers from small seeds. usage: tools/fuzz.sh FUZZ_BUILD_FOLDER SPINVP [SECONDS_EACH]
# A finding stays in FUZZ_BUILD_FOLDER/findings; run the fuzzer on that file to see it again.
set -euo pipefail
usage="usage: tools/fuzz.sh FUZZ_BUILD_FOLDER SPINVP [SECONDS_EACH]"
build=$(realpath "${1:?$usage}")
spinvp=$(realpath "${2:?$usage}")
seconds=${3:-60}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

corpus=$build/corpus
mkdir -p "$corpus/import" "$corpus/image" "$build/findings"
"$build/tests/fuzz/seed_models" "$corpus/import"
for model in "$corpus"/import/model?.onnx; do
  # Real inputs need their scaling; not every seed needs a chip that can run it.
  image=$corpus/image/$(basename "$model" .onnx).pimnet
  "$spinvp" compile "$model" -o "$image" >/dev/null 2>&1 ||
    "$spinvp" compile "$model" --input-scale 1/255 -o "$image" >/dev/null 2>&1 || true
done
[ -n "$(ls "$corpus/image")" ] || { echo "fuzz: no seed could be compiled"; exit 1; }

for fuzzer in import image; do
  options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=1024 -print_final_stats=1
    -artifact_prefix="$build/findings/$fuzzer-")
  [ "$fuzzer" = import ] && options+=(-dict=tests/fuzz/onnx.dict -max_len=8192)
  echo "fuzz: $fuzzer, $seconds seconds"
  "$build/tests/fuzz/${fuzzer}_fuzz" "${options[@]}" "$corpus/$fuzzer" 2>"$build/findings/$fuzzer.log" ||
    { tail -40 "$build/findings/$fuzzer.log"; exit 1; }
  grep -E "stat::number_of_executed_units|stat::peak_rss_mb" "$build/findings/$fuzzer.log"
done
echo "fuzz: nothing found"
