#!/usr/bin/env bash
# Usage: scripts/setup.sh [docs | test | simulation]
#
# Makes everything the project needs in .venv/ of this clone: Python packages, ROS 2, the built workspace, sample clips,
# a robot's URDF. With `docs`, also what builds the site; with `test`, that, PyTorch and the test tools; with
# `simulation`, a simulator for that robot. Safe to repeat and to interrupt: a step is redone only when its inputs changed
# or it did not finish. Where a ROS 2 is sourced, that one is used; elsewhere ROS 2 comes as wheels.
# PYTHON=/path/to/python chooses the interpreter, for this and every later run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
LOG=$VENV/setup.log
STAMPS=$VENV/stamps
PACKAGE=$ROOT/ros2_ws/src/vtm_ros
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_COMPILE=1 # Python compiles what is imported

cd "$ROOT"
source scripts/setup_system.sh

make_venv() {
    local options=()
    [ "$ROS" = wheels ] || options=(--system-site-packages)
    find "$VENV" -mindepth 1 -maxdepth 1 ! -name setup.log -exec rm -rf {} +
    "$PYTHON" -m venv "${options[@]}" "$VENV"
    "$VENV/bin/python" -m pip install "$(pinned pip)"
    mkdir "$STAMPS"
}

pinned() { sed -nE "s/^($1==[^ ]+).*/\1/p" requirements/*.txt; }

pip_install() { "$VENV/bin/pip" install --progress-bar off -c "$VENV/pins/constraints.txt" "$@"; }

# An installed ROS 2 built against NumPy 1 cannot load NumPy 2: there the last NumPy 1 takes the place of our pin.
install_packages() {
    rm -rf "$VENV/pins"
    cp -r requirements "$VENV/pins"
    if [ "$NUMPY_MAJOR" = 1 ]; then sed -i 's/^numpy==[^ ]*/numpy==1.26.4/' "$VENV"/pins/*.txt; fi
    pip_install -r "$VENV/pins/build.txt"
    pip_install -r "$VENV/pins/run.txt"
}

# The wheels' CMake exports carry the include folders of the machine they were built on: point them at this Python.
install_ros_wheels() {
    local python_include numpy_include
    pip_install -r "$VENV/pins/ros.txt"
    python_include=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    numpy_include=$("$VENV/bin/python" -c 'import numpy; print(numpy.get_include())')
    find "$VENV/share" -name '*Export.cmake' -print0 | xargs -0 sed -i -E \
        -e "s#/opt/python/cp[^;\"]*/numpy/_?core/include#$numpy_include#g" \
        -e "s#/opt/python/cp[^;\"]*/include/python3\.[0-9]+#$python_include#g"
}

write_ros_env() {
    local prefixes=$VENV bins=$VENV/bin libraries=$VENV/lib distro=kilted profiles folder
    if [ "$ROS" = wheels ]; then
        for folder in "$VENV"/lib/python3.*/site-packages/ros_*.libs; do libraries=$libraries:$folder; done
    else
        prefixes=$ROS distro=$ROS_DISTRO libraries=$(without_venv "${LD_LIBRARY_PATH:-}")
        for folder in ${ROS//:/ }; do [ ! -d "$folder/bin" ] || bins=$bins:$folder/bin; done
    fi
    case $distro in
        humble | iron | jazzy) profiles=FASTRTPS_DEFAULT_PROFILES_FILE ;;
        *) profiles=FASTDDS_DEFAULT_PROFILES_FILE ;;
    esac
    cat >"$VENV/ros_env.sh.part" <<EOF
# ROS $ROS
# Written by scripts/setup.sh; to be sourced. Puts .venv and its ROS 2 first.
case ":\$PATH:" in *":$bins:"*) ;; *) export PATH="$bins:\$PATH" ;; esac
export VIRTUAL_ENV="$VENV"
export ROS_DISTRO=$distro ROS_VERSION=2 ROS_PYTHON_VERSION=3 _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
export AMENT_PREFIX_PATH="$VENV/ros2_ws/install:$prefixes"
export LD_LIBRARY_PATH="$libraries"
export PYTHONPATH="$(without_venv "${PYTHONPATH:-}")"
export ROS_AUTOMATIC_DISCOVERY_RANGE="\${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}"
# Room in shared memory for whole images, without which Fast DDS loses them between processes.
export $profiles="\${$profiles:-$PACKAGE/config/fastdds_shm.xml}"
EOF
    mv "$VENV/ros_env.sh.part" "$VENV/ros_env.sh"
}

generate_messages() {
    local build=$VENV/ros2_ws/$1
    source "$VENV/ros_env.sh"
    rm -rf "$build"
    cmake -S "scripts/$1" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$VENV" -DCMAKE_PREFIX_PATH="$VENV" -DPython3_EXECUTABLE="$VENV/bin/python"
    cmake --build "$build"
    cmake --install "$build"
    python -c "from $1.msg import $2; $2.__class__.__import_type_support__()"
}

generate_tf2_msgs() { generate_messages tf2_msgs TFMessage; }

generate_hri_msgs() { generate_messages hri_msgs Skeleton2D; }

build_workspace() {
    local base=$VENV/ros2_ws
    # compat: a plain path in site-packages, which type checkers and every import understand.
    pip_install --no-deps --no-build-isolation --config-settings editable_mode=compat -e "$PACKAGE"
    source "$VENV/ros_env.sh"
    rm -rf "$base/build" "$base/install"
    cd ros2_ws
    "$VENV/bin/colcon" --log-base "$base/log" build --symlink-install --merge-install \
        --build-base "$base/build" --install-base "$base/install"
}

install_simulator() { pip_install -r "$VENV/pins/simulation.txt"; }

install_docs_tools() { pip_install -r "$VENV/pins/docs.txt"; }

fetch_clips() { "$VENV/bin/python" scripts/fetch_clips.py "$VENV/share/vtm/clips"; }

# One robot; scripts/fetch_robots.py FOLDER --all brings the others.
fetch_robots() { "$VENV/bin/python" scripts/fetch_robots.py "$VENV/share/vtm/robots"; }

# PyTorch from PyPI brings several gigabytes of CUDA libraries on Linux: take the CPU build where it can be had.
install_torch() {
    local torch cpu_index=https://download.pytorch.org/whl/cpu
    torch=$(pinned torch)
    pip_install "$torch+cpu" && return
    if "$VENV/bin/python" -c "import urllib.request as u; u.urlopen('$cpu_index/', timeout=5)"; then
        pip_install --extra-index-url "$cpu_index" "$torch+cpu" && return
    fi
    pip_install "$torch"
}

# What draws; what it needs comes with the test tools.
install_renderers() {
    local files=(-r "$VENV/pins/render.txt")
    [ "$NUMPY_MAJOR" = 1 ] || files+=(-r "$VENV/pins/view.txt")
    pip_install --no-deps "${files[@]}"
}

install_test_tools() {
    local files=(-r "$VENV/pins/test.txt" -r "$VENV/pins/simulation.txt" -r "$VENV/pins/batch.txt" \
        -r "$VENV/pins/export.txt")
    [ "$NUMPY_MAJOR" = 1 ] || files+=(-r "$VENV/pins/view.txt")
    pip_install "${files[@]}"
    [ "$(uname -m)" != x86_64 ] || pip_install --no-deps -r "$VENV/pins/nvidia.txt"
}

# at_once FUNCTION FUNCTION: runs two that share no file; each of them keeps one core busy.
at_once() {
    local first
    "$1" &
    first=$!
    "$2"
    wait "$first"
}

install_torch_and_renderers() { at_once install_renderers install_torch; }

install_test_tools_and_hri_msgs() { at_once generate_hri_msgs install_test_tools; }

# step TITLE FUNCTION [INPUT...]: runs FUNCTION unless it has finished before with the same inputs (files by content,
# anything else as text) after the same earlier steps.
step() {
    local title=$1 function=$2 start=$SECONDS input status=0
    shift 2
    number=$((number + 1))
    printf '[%d/%d] %-32s' "$number" "$steps" "$title"
    key=$({ echo "$key"; declare -f "$function"; for input; do cat "$input" 2>/dev/null || echo "$input"; done; } | sha256sum)
    if [ "$(cat "$STAMPS/$function" 2>/dev/null)" = "$key" ]; then
        echo 'up to date'
        return
    fi
    rm -f "$STAMPS/$function"
    printf '\n=== %s\n' "$title" >>"$LOG"
    set +e
    (set -e; "$function") >>"$LOG" 2>&1 </dev/null
    status=$?
    set -e
    if [ "$status" != 0 ]; then
        printf 'failed after %d s\n\n' $((SECONDS - start))
        tail -n 25 "$LOG"
        die '' "The whole log is in $LOG. Run the same command again to continue from here."
    fi
    echo "$key" >"$STAMPS/$function"
    printf 'done in %d s\n' $((SECONDS - start))
}

exec 9<scripts/setup.sh
flock -n 9 || { echo 'Another set-up is running; waiting for it.'; flock 9; }
mkdir -p "$STAMPS"
number=0 key=
wheels=$([ "$ROS" != wheels ]; echo $?) testing=$([ "${1:-}" != test ]; echo $?)
documenting=$([[ ! ${1:-} =~ ^(docs|test)$ ]]; echo $?) simulating=$([ "${1:-}" != simulation ]; echo $?)
steps=$((6 + 2 * wheels + documenting + 2 * testing + simulating))
shared=$(cd "$PACKAGE" && find launch config models rviz -type f 2>/dev/null | sort || true)

step 'Virtual environment' make_venv "$ROOT" "$PYTHON" "$("$PYTHON" -VV)" "$ROS"
echo "$PYTHON" >"$STAMPS/python"
step 'Python packages' install_packages requirements/{build,run,constraints}.txt "$NUMPY_MAJOR"
step 'Sample clips' fetch_clips scripts/fetch_clips.py requirements/clips.txt
if [ "$ROS" = wheels ]; then step 'ROS 2 Kilted' install_ros_wheels requirements/ros.txt; fi
step 'ROS 2 environment' write_ros_env
if [ "$ROS" = wheels ]; then step 'tf2_msgs' generate_tf2_msgs scripts/tf2_msgs/{CMakeLists.txt,package.xml,msg/TFMessage.msg}; fi
step 'vtm_ros' build_workspace "$PACKAGE"/{setup.py,setup.cfg,package.xml} "$shared"
step 'Robots' fetch_robots scripts/fetch_robots.py requirements/robots.txt
if [ $simulating = 1 ]; then step 'Simulator' install_simulator requirements/simulation.txt; fi
if [ $documenting = 1 ]; then step 'Documentation tools' install_docs_tools requirements/docs.txt; fi
if [ $testing = 1 ]; then
    step 'PyTorch, renderers' install_torch_and_renderers requirements/{render,view}.txt
    tools=(requirements/{test,simulation,batch,export,view,nvidia}.txt)
    if [ "$ROS" = wheels ]; then
        step 'Test tools, hri_msgs' install_test_tools_and_hri_msgs "${tools[@]}" \
            scripts/hri_msgs/{CMakeLists.txt,package.xml,msg/*.msg}
    else
        step 'Test tools' install_test_tools "${tools[@]}"
    fi
fi
