#!/usr/bin/env bash
# Run by `make oldest`. Holds the claim "Python 3.10": sets up a clean copy of the last commit with that Python, looked
# for on PATH and among pyenv's, and runs the demo in it. Says so where there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

OLDEST=3.10

find_oldest() {
    local candidate
    for candidate in "python$OLDEST" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$OLDEST."*/bin/python; do
        if [ "$("$candidate" -c 'import ensurepip, sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$OLDEST" ]; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

if ! PYTHON=$(find_oldest); then
    echo "NOT CHECKED: no Python $OLDEST with ensurepip on PATH or among pyenv's, so nothing is known about it here."
    exit
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM
echo "The demo with Python $OLDEST ($PYTHON), in a clean copy of the last commit"
git -c safe.directory='*' archive HEAD | tar -x -C "$copy"
export PYTHON
env -u MAKEFLAGS make --no-print-directory -C "$copy" demo # a set-up of its own, whatever else runs beside it
used=$("$copy/.venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$used" = "$OLDEST" ] || { echo "The demo ran with Python $used instead of $OLDEST." >&2; exit 1; }
echo "Python $OLDEST: the demo runs"
