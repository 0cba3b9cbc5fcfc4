#!/bin/bash
# Install what is missing to build (and, for `test` and `fuzz`, to test) this project, and nothing
# else. Quick and silent when nothing is missing. Called by make, from the project's folder.
#
#   cmake/setup.sh build|test|fuzz
#
# Environment: PYTHON (which interpreter .venv is made from; python3), V8_ROOT (no V8 is fetched
# then).
set -euo pipefail

purpose=$1
python=${PYTHON:-python3}
venv=.venv

step() { echo "==> $*"; }

# --- packages of the system -----------------------------------------------------------------------
# Prints the named packages that are not installed.
not_installed() {
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        grep -qx "installed $package" <<<"$installed" || echo "$package"
    done
}

updated=
install_packages() {
    local missing root=()
    mapfile -t missing < <(not_installed "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    step "installing ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "not root, and no sudo: as root, run" >&2
            echo "  apt-get install ${missing[*]}" >&2
            exit 1
        fi
        root=(sudo)
    fi
    root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
    # A package source that cannot be reached may be one that is not needed here.
    [ "$updated" ] || "${root[@]}" update || step "apt-get update failed, going on"
    updated=1
    "${root[@]}" install -y --no-install-recommends "${missing[@]}"
}

# An interpreter with its own headers (pyenv's, for one) needs no packages.
python_is_complete() {
    "$python" -c 'import ensurepip, os, sysconfig, venv
assert os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null
}

# V8 comes from elsewhere: see FindV8.cmake.
v8_is_there() {
    [ -n "${V8_ROOT:-}" ] || [ -e "${XDG_CACHE_HOME:-$HOME/.cache}/jsrun/v8/lib/libv8.so" ] ||
        [ -z "$(not_installed libnode-dev)" ]
}

packages=(build-essential cmake ninja-build pkg-config libwebsockets-dev libcjson-dev)
python_is_complete || packages+=(python3-dev python3-venv)
if [ "$purpose" = test ]; then
    for browser in chromium chromium-browser google-chrome; do
        command -v $browser >/dev/null && break
    done || packages+=(chromium)
    command -v node >/dev/null || packages+=(nodejs)
    command -v npm >/dev/null || packages+=(npm)
fi

[ "$purpose" != fuzz ] || command -v clang++ >/dev/null || packages+=(clang)

if command -v apt-get >/dev/null; then
    install_packages "${packages[@]}"
    if ! v8_is_there; then
        if [ ! -e build/v8-distribution/depends ]; then
            step "downloading the distribution's V8"
            cmake/v8/download.sh build/v8-distribution
        fi
        # The libraries that it needs. (It also depends on parts of Node.js in JavaScript, which V8
        # does not use.)
        mapfile -t packages < <(grep -E '^(lib|zlib)' build/v8-distribution/depends)
        install_packages "${packages[@]}"
    fi
else
    step "no apt-get here; by their Debian names, these are needed: ${packages[*]}"
fi

# --- Python ---------------------------------------------------------------------------------------
if ! $venv/bin/python -c '' 2>/dev/null; then
    step "creating $venv with $("$python" --version)"
    "$python" -c 'import sys
sys.exit(sys.version_info < (3, 9) and "Python 3.9 or newer is needed")'
    "$python" -m venv --clear $venv
    rm -f build/*/build.ninja build/*/CMakeCache.txt # they may know another Python by this path
fi

if [ "$purpose" = test ] && ! cmp -s tests/requirements.txt $venv/requirements.txt; then
    step "installing tests/requirements.txt into $venv"
    $venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt $venv/requirements.txt
fi

if [ "$purpose" = test ]; then
    cmake/clients.sh
fi
