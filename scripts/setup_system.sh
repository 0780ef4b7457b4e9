# Sourced by setup.sh. Looks at the machine and installs nothing. Sets
#   PYTHON       the interpreter outside any virtual environment
#   ROS          "wheels", or the prefixes of the installed ROS 2 to use, joined by colons
#   NUMPY_MAJOR  the NumPy that the installed ROS 2 was built against: 1 or 2
# and ends the script with one line of remedy where something is missing.

SUDO=$([ "$(id -u)" = 0 ] || echo 'sudo ')

die() { printf '%s\n' "$@" >&2; exit 1; }

without_venv() { printf '%s' "${1:-}" | tr ':' '\n' | awk -v venv="$VENV" '$0 && index($0, venv) != 1' | paste -sd:; }

# PYTHON where it is given; else the one that .venv was made with, unless a ROS 2 is sourced, which has its own wish.
find_python() {
    local candidate before='' candidates
    [ -n "$(without_venv "${AMENT_PREFIX_PATH:-}")" ] || before=$(cat "$VENV/stamps/python" 2>/dev/null || true)
    candidates=("$before" python3 python3.13 python3.12 python3.11 python3.10)
    [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
        PYTHON=$("$candidate" -c 'import sys; print(sys._base_executable)')
        return
    done
    die "No Python 3.10 to 3.13 was found. Name one with PYTHON=/path/to/python3, or install it:" \
        "    ${SUDO}apt-get install -y python3 python3-venv python3-dev build-essential"
}

# The sourced ROS 2, or the one that .venv was made with, or wheels.
find_ros() {
    local recorded
    ROS=$(without_venv "${AMENT_PREFIX_PATH:-}")
    if [ -n "$ROS" ] && [ ! -e "${ROS%%:*}/pyvenv.cfg" ] && [ -n "${ROS_DISTRO:-}" ]; then
        if "$PYTHON" -c 'import rclpy' 2>/dev/null; then return; fi
        echo "ROS 2 $ROS_DISTRO is sourced, but $PYTHON cannot import its rclpy: not used. PYTHON=... names another."
    fi
    recorded=$(sed -n 's/^# ROS //p' "$VENV/ros_env.sh" 2>/dev/null || true)
    if [ -n "$recorded" ] && [ "$recorded" != wheels ] && [ -d "${recorded%%:*}" ]; then
        source "$VENV/ros_env.sh"
        ROS=$recorded
        return
    fi
    unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH PYTHONPATH
    ROS=wheels
}

check_wheels_machine() {
    [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || die \
        "ROS 2 comes as wheels for x86-64 Linux only. Here, install ROS 2 (Humble or newer), then:" \
        "source /opt/ros/<distribution>/setup.bash && make setup"
    [ -f "$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || missing+=("$python_package-dev")
    command -v gcc >/dev/null && command -v g++ >/dev/null && command -v make >/dev/null || missing+=(build-essential)
}

check_installed_ros() {
    local name
    for name in tf2_msgs std_msgs std_srvs geometry_msgs sensor_msgs trajectory_msgs visualization_msgs diagnostic_msgs \
        lifecycle_msgs; do
        "$PYTHON" -c "import $name" 2>/dev/null || missing+=("ros-$ROS_DISTRO-${name//_/-}")
    done
}

check_system_packages() {
    local missing=() python_package=python3
    local version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    [ "$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ] ||
        python_package=python$version
    "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null || missing+=("$python_package-venv")
    if [ "$ROS" = wheels ]; then check_wheels_machine; else check_installed_ros; fi
    [ ${#missing[@]} = 0 ] || die "System packages are missing. This brings them:" \
        "    ${SUDO}apt-get install -y ${missing[*]}"
}

find_numpy_major() {
    NUMPY_MAJOR=2
    [ "$ROS" = wheels ] || NUMPY_MAJOR=$("$PYTHON" -c 'import numpy; print(numpy.__version__.split(".")[0])' 2>/dev/null || echo 2)
}

find_python
find_ros
check_system_packages
find_numpy_major
