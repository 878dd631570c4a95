#!/usr/bin/env bash
# Makes .venv hold what requirements/<base|dev>.txt locks. Does nothing when it already does: a copy of the
# lock that was installed lies in .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
set_name=$1
lock=requirements/$set_name.txt
installed=.venv/$set_name.installed.txt

find_python() {
    local name
    for name in "${PYTHON:-python3.11}" python3.12 python3.13 python3; do
        # A name on PATH may be a stub that only says which versions there are.
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Base Shift needs Python 3.11, 3.12 or 3.13 on PATH (or PYTHON=/path/to/python)." >&2
    return 1
}

if cmp -s "$lock" "$installed" && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making .venv with $("$python" --version)" >&2
    if ! "$python" -m venv --clear .venv; then
        echo "Python's own 'venv' module is incomplete here: install it (Debian: apt-get install python3-venv)." >&2
        exit 1
    fi
fi

echo "Installing $lock into .venv" >&2
rm -f "$installed"
# The pip of Python 3.11 announces at length how newer ones build a package that we cannot change.
PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
cp "$lock" "$installed"
if [ "$set_name" = dev ]; then
    # Both locks are of one resolution: dev.txt has all of base.txt.
    cp requirements/base.txt .venv/base.installed.txt
fi
