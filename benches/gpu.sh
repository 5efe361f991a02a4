#!/usr/bin/env bash
# What needs a CUDA machine, in one call: the demo on the GPU and one epoch of ResNet-50 at 224 px, with figures.
#   benches/gpu.sh [OUT]        MEDTRANSFER=path/to/binary to use one that was built elsewhere (else it is built here)
# The CUDA libraries are those of the machine's own Python torch 2.11.0, or of LIBTORCH.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-out/gpu}
if [ -z "${LIBTORCH:-}" ]; then
  LIBTORCH=$(python3 -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).parent)' 2>/dev/null) || LIBTORCH=$(scripts/libtorch --set cuda)
  export LIBTORCH
fi
export LD_LIBRARY_PATH=$LIBTORCH/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
if [ -z "${MEDTRANSFER:-}" ]; then
  cargo build --features torch
  MEDTRANSFER=${CARGO_TARGET_DIR:-target}/debug/medtransfer
fi
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader
"$MEDTRANSFER" doctor
section() { printf '\n== %s\n' "$1"; }

section "demo on the CPU and on the GPU"
SECONDS=0; "$MEDTRANSFER" demo --out "$out/demo-cpu" --device cpu >/dev/null; echo "demo on the CPU: $SECONDS s"
SECONDS=0; "$MEDTRANSFER" demo --out "$out/demo-gpu" --device cuda >/dev/null; echo "demo on the GPU: $SECONDS s"
"$MEDTRANSFER" analyze summarize "$out/demo-cpu/store"
"$MEDTRANSFER" analyze summarize "$out/demo-gpu/store"

section "one epoch of ResNet-50 on 1,800 made images at 224 px, batch 32 (the protocol's) and 128"
"$MEDTRANSFER" data phantom --out "$out/images" --size 224 --cache "$out/cache"
for batch in 32 128; do
  for epochs in 1 3; do # the first epoch pays for cuDNN's search; the last line of each run is the figure
    "$MEDTRANSFER" pretrain --method supervised --data "$out/cache/phantom-natural-coarse" --arch resnet50 --epochs "$epochs" \
      --batch "$batch" --device cuda --name "resnet50-b$batch-e$epochs" --out "$out/resnet50-b$batch-e$epochs.safetensors"
  done
done
section "done"
