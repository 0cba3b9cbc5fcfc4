#!/bin/bash
# Fetches the web platform's tests of streams, which are in the distribution's source of Node.js.
#
#   tests/wpt/fetch.sh FOLDER
#
# run.py takes FOLDER then. Needs no root, and installs nothing.
set -euo pipefail

folder=$(realpath -m "$1")
[ -e "$folder/streams" ] && exit 0
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# The machine's own package sources, for source packages.
mkdir -p lists/partial cache/archives/partial parts
for file in /etc/apt/sources.list.d/*.sources; do
    sed 's/^Types:.*/Types: deb-src/' "$file" >"parts/$(basename "$file")"
done
if [ -e /etc/apt/sources.list ]; then
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >parts/sources.list
fi
apt=(-o "APT::Sandbox::User=$(id -un)" -o "Dir::Etc::sourcelist=/dev/null"
    -o "Dir::Etc::sourceparts=$work/parts" -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache")
apt-get "${apt[@]}" -qq update || true # one unreachable source need not be the one we want
# The original archive is enough, so a failure of the parts that Debian adds does no harm.
apt-get "${apt[@]}" -qq source --download-only nodejs || true
tar -xf nodejs_*.orig.tar.* --wildcards --strip-components=4 '*/test/fixtures/wpt/*'
mkdir tree
mv streams common resources interfaces LICENSE.md tree
mv -T tree "$folder"
