#!/usr/bin/env bash
# What only a machine with an NVIDIA GPU can tell, in one call of less than ten minutes:
#
#   OUT=out/gpu scripts/on_gpu.sh
#
# the tests of CUDA, NVRTC, crops and networks on the hardware, milliseconds of each network on each backend, and
# `vtm bench` with those on the GPU. Each step has its own time limit, and one that fails does not stop the others. Raw
# results lie in $OUT: log.txt, summary.txt and a JSON file of each measurement. CLIP is the video of the bench, the sample
# clip by default; PYTHON the interpreter. A folder `packages` beside `scripts` is searched for what that lacks; for a machine
# without a network it is filled beforehand, like
#
#   pip install --target packages --no-deps --only-binary=:all: --python-version 3.12 \
#       array-api-compat lz4 mcap typer zstandard
#
# The exit code is 0 where all ran, 3 where something was skipped, as on a machine without a GPU, 1 where a step failed.
set -uo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PACKAGE=$ROOT/ros2_ws/src/vtm_ros
OUT=$(mkdir -p "${OUT:-out/gpu}" && cd "${OUT:-out/gpu}" && pwd)
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$ROOT/.venv/bin/python
    [ -x "$PYTHON" ] || PYTHON=python3
fi
export PYTHONPATH=$PACKAGE:$ROOT/packages${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1
LOG=$OUT/log.txt SUMMARY=$OUT/summary.txt ENGINE=$PACKAGE/tests/vtm_trt/engine
failed=0 skipped=0
: >"$LOG" >"$SUMMARY"

tell() { printf '%-22s %s\n' "$1" "$2" | tee -a "$SUMMARY"; }

skip() {
    tell "$1" "SKIPPED: $2"
    skipped=$((skipped + 1))
}

# step NAME SECONDS COMMAND...: runs it; its last line that says something tells how it went.
step() {
    local name=$1 limit=$2 began=$SECONDS code=0 said
    shift 2
    printf '\n== %s: %s\n' "$name" "$*" >>"$LOG"
    timeout --kill-after 10 "$limit" "$@" >"$OUT/.step" 2>&1 || code=$?
    cat "$OUT/.step" >>"$LOG"
    said=$(grep -v '^[[:space:]]*$' "$OUT/.step" | tail -n 1 | cut -c 1-160)
    rm -f "$OUT/.step"
    if ((code == 124 || code == 137)); then said="not done within $limit s"; fi
    if ((code)); then
        failed=$((failed + 1))
        tell "$name" "FAILED ($code, $((SECONDS - began)) s): $said"
    else
        tell "$name" "ran ($((SECONDS - began)) s): $said"
    fi
}

fault_of() {
    "$PYTHON" -c "
from vtm_trt.engine.backends import choices
print(next(one.fault or '' for one in choices() if one.name == '$1'))" 2>&1 | tail -n 1
}

if ! missing=$("$PYTHON" -c "import vtm_tools.cli.app, onnx, pytest" 2>&1); then
    tell packages "FAILED: $(tail -n 1 <<<"$missing"); pip install --target packages what is missing"
    exit 1
fi
if command -v nvidia-smi >/dev/null; then
    step GPU 20 nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
else
    skip GPU "there is no nvidia-smi"
fi
no_gpu=$("$PYTHON" -c "from vtm_trt.engine.cuda import fault; print(fault() or '')" 2>&1 | tail -n 1)
step doctor 30 "$PYTHON" -m vtm_tools.cli.app doctor --json "$OUT/doctor.json"
if [ -n "$no_gpu" ]; then
    skip "tests on the GPU" "$no_gpu"
else
    step "tests on the GPU" 120 "$PYTHON" -m pytest -q -rs -p no:cacheprovider "$ENGINE/test_gpu_hardware.py"
fi
step "tests of the engine" 120 "$PYTHON" -m pytest -q -rs -p no:cacheprovider \
    "$ENGINE"/test_{cuda,nvrtc,gpu_crop,onnxruntime_gpu,tensorrt_runner,tensorrt_plans}.py
step networks 90 "$PYTHON" "$ROOT/benchmarks/networks.py" --out "$OUT/networks.json"
for backend in onnxruntime_cuda torch tensorrt; do
    fault=$(fault_of "$backend")
    [ "$backend" != torch ] || fault=${fault:-$no_gpu}
    if [ -n "$fault" ]; then
        skip "bench, $backend" "$fault"
    else
        step "bench, $backend" 60 "$PYTHON" -m vtm_tools.cli.app bench ${CLIP:+"$CLIP"} --frames 60 --rounds 3 \
            --backend "$backend" --json "$OUT/bench_$backend.json"
    fi
done
verdict="$failed failed, $skipped skipped, $SECONDS s"
tell "all" "$verdict"
if ((failed)); then exit 1; fi
if ((skipped)); then exit 3; fi
