#!/usr/bin/env bash
# Node 26.10.0 loads undici, its HTTP client, as soon as an ES module imports node:http, although the program only serves.
# An import of a built-in module reads all of its exports, and three of them (WebSocket, CloseEvent, MessageEvent) are
# getters that load undici. `process.getBuiltinModule("node:http")` and `require` read none. A server that counts its memory
# saves what undici takes by deleting the three properties before anything imports the module.
#
# Seen: import true; getBuiltinModule false; import after deleting false
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund node@26.10.0
export PATH="$folder/node_modules/node/bin:$PATH"
tell='console.log(process.moduleLoadList.some((name) => name.endsWith("deps/undici/undici")))'
printf 'import "node:http"\n%s\n' "$tell" > import.js
printf 'process.getBuiltinModule("node:http")\n%s\n' "$tell" > get.js
cat > delete.js <<JS
const http = process.getBuiltinModule("node:http")
for (const name of ["WebSocket", "CloseEvent", "MessageEvent"]) delete http[name]
await import("node:http")
$tell
JS
output="import $(node import.js); getBuiltinModule $(node get.js); import after deleting $(node delete.js)"
echo "$output"
[[ "$output" == "import true; getBuiltinModule false; import after deleting false" ]]
