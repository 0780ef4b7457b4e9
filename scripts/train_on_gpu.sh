#!/usr/bin/env bash
# Training on a machine with an NVIDIA GPU that has no network.
#
#   scripts/train_on_gpu.sh pack clips/clips.npz        # here; out/training.tar.xz is all that travels
#   tar -xf training.tar.xz                             # there
#   training/scripts/train_on_gpu.sh run 540            # there; no longer than 540 seconds
#
# `pack` takes several clip files, `--start WEIGHTS` and `--out FILE`. `run` takes options of `vtm train` behind the
# seconds, like --set learning_rate=0.0003. It begins with the weights that were packed, or goes on where a run in $OUT
# (out/train) stopped, and leaves there: checkpoint.safetensors, optimizer.safetensors, log.jsonl and curves.png, and,
# once it was judged, metrics.json, vtm.onnx and vtm.md. BATCH sets the windows of a step.
#
# There it takes the machine's own PyTorch: python3 with torch, safetensors, onnx, onnxscript, onnxruntime, scipy,
# matplotlib, pyyaml, typer and rich. Without a GPU it says so, and trains on the processor.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PACKAGE=$ROOT/ros2_ws/src/vtm_ros
export PYTHONPATH=$PACKAGE:$ROOT/packages${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1

fail() { echo "error: $*" >&2 && exit 2; }

# A Python whose PyTorch sees a GPU, else one that has PyTorch.
find_python() {
    local wanted candidate
    for wanted in "torch.cuda.is_available()" "True"; do
        for candidate in ${PYTHON:-python3 "$ROOT/.venv/bin/python"}; do
            "$candidate" -c "import sys, torch; sys.exit(not $wanted)" 2>/dev/null && echo "$candidate" && return
        done
    done
    return 1
}

run() {
    local limit=${1:-540} out=${OUT:-out/train} clips=() from=() python batch reserve code=0
    [[ $limit =~ ^[0-9]+$ ]] || fail "'$limit' is no number of seconds; see the head of this script"
    python=$(find_python) || fail "no Python here has PyTorch; install it, or name one: PYTHON=/path/to/python"
    if "$python" -c "import sys, torch; sys.exit(not torch.cuda.is_available())"; then
        nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || true
        batch=${BATCH:-384} reserve=$((SECONDS + 90))
    else
        echo "No NVIDIA GPU that PyTorch sees: training goes on the processor, some twenty times slower."
        batch=${BATCH:-48} reserve=$((SECONDS + limit / 3))
    fi
    ((limit > reserve + 10)) || fail "$limit seconds are too few: $reserve go to the start and to judging"
    for file in "${CLIPS:-$ROOT/clips}"/*/clips.npz; do clips+=(--clips "$file"); done
    [ -f "${clips[1]}" ] || fail "there are no clips in ${CLIPS:-$ROOT/clips}; pack some first"
    if [ -f "$out/optimizer.safetensors" ]; then
        from=(--resume)
    elif [ -f "$ROOT/start.safetensors" ]; then
        from=(--start "$ROOT/start.safetensors")
    else
        from=(--start "$PACKAGE/models/vtm.safetensors")
    fi
    mkdir -p "$out"
    timeout --signal INT --kill-after 10 $((limit - SECONDS - 10)) \
        "$python" -c 'import typer; from vtm_tools.cli.train import train; typer.run(train)' \
        "${clips[@]}" --out "$out" "${from[@]}" --seconds $((limit - reserve)) --threads "$(nproc)" \
        --set "batch=$batch" --set prior_steps=0 --set learning_rate=0.0006 "${@:2}" 2>&1 | tee -a "$out/train.log" || code=$?
    if ((code == 124 || code == 130 || code == 137)); then
        echo "The time was over before the network was judged; checkpoint and curves are in $out, and the next run goes on."
        [ -f "$out/checkpoint.safetensors" ] && code=0
    fi
    ls -l "$out"
    return "$code"
}

case ${1:-} in
    pack) exec "${PYTHON:-$ROOT/.venv/bin/python}" "$ROOT/scripts/pack_training.py" "${@:2}" ;;
    run) run "${@:2}" ;;
    *) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit 2 ;;
esac
