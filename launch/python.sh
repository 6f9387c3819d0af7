# Sourced by the commands in bin/: finds a Python that runs and is new enough, then becomes `launch COMMAND ARGUMENTS`.
# A candidate is judged by running it: a shim of pyenv or uv can be on PATH and still lead nowhere.

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd -P)

# Prints the interpreter's own path when "$@" is Python 3.12 or later. A shim chooses by the folder it is called in.
interpreter() {
    (cd "$root" && "$@" -I -c 'import sys; sys.exit(1) if sys.version_info < (3, 12) else print(sys.executable)') \
        2>/dev/null </dev/null
}

find_python() {
    for candidate in "$root/.venv/bin/python" python3.14 python3.13 python3.12 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python; do
        interpreter "$candidate" && return
    done
    for uv in uv "$HOME/.local/bin/uv" "$root/.venv-uv/bin/uv"; do
        (cd "$root" && "$uv" --version) >/dev/null 2>&1 || continue
        found=$("$uv" python find --no-project '>=3.12' 2>/dev/null) && interpreter "$found" && return
    done
    return 1
}

# Prints a Python that uv downloaded; uv itself comes from the package index when an older Python can install it.
fetch_python() {
    uv=
    for candidate in uv "$HOME/.local/bin/uv" "$root/.venv-uv/bin/uv"; do
        if (cd "$root" && "$candidate" --version) >/dev/null 2>&1; then uv=$candidate && break; fi
    done
    if [ -z "$uv" ]; then
        python3 -m venv "$root/.venv-uv" >/dev/null 2>&1 || return 1
        "$root/.venv-uv/bin/python" -m pip install -q --require-hashes -r "$root/requirements/uv.txt" \
            >/dev/null 2>&1 || return 1
        uv=$root/.venv-uv/bin/uv
    fi
    echo "Fetching Python 3.13 with uv ..." >&2
    "$uv" python install -q 3.13 >&2 || return 1
    interpreter "$("$uv" python find --no-project 3.13)"
}

launch() {
    if ! python=$(find_python) && ! python=$(fetch_python); then
        cat >&2 <<MESSAGE
Baseline needs Python 3.12 or later, and none was found here (nor could uv fetch one). To get it:
  Debian 13, Ubuntu 24.04   apt-get install python3 python3-venv
  macOS                     brew install python@3.13
  any system                install uv (docs.astral.sh/uv), then: uv python install 3.13
MESSAGE
        exit 3
    fi
    exec "$python" "$root/launch" "$@"
}
