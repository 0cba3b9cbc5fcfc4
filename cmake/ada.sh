#!/bin/bash
# Fetch the source of Ada, a URL parser. The PyPI package ada-url contains it as one file.
#
#   cmake/ada.sh FOLDER PYTHON
# The files are prepared in another folder that is renamed at the end: if FOLDER exists, it is
# complete.
set -euo pipefail

folder=$(realpath -m "$1")
python=$2
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# Ada 2.9.2: the last that is C++17. Only the source archive has it, and its sum is checked.
sum=c1d3bd341082d887c9503bffc10a3b5b33bc514a89c425b656078065a2c8f599
echo "ada-url==1.15.3 --hash=sha256:$sum" >wanted
"$python" -m pip --quiet --disable-pip-version-check download \
    --no-deps --no-binary ada-url --require-hashes -r wanted >&2
mkdir tree
tar -xzf ada_url-*.tar.gz --strip-components=1 -C tree
mkdir files
mv tree/ada_url/ada.cpp tree/ada_url/ada.h tree/ada_url/ada_c.h tree/LICENSE files
mv -T files "$folder" 2>/dev/null || [ -e "$folder/ada.cpp" ] # or another build has done it
