#!/usr/bin/env bash
# openapi-to-postmanv2 6.3.3: its README shows `requestParametersResolution` for the command and `parametersResolution` for
# the library, and neither takes the one that is shown for it. The command warns and goes on; `convert` says nothing.
# `convert` is the first edition of the converter and knows only the old name; the command and `convertV2` know the new one.
# With the name that is ignored, a collection has `<string>` where the document has an example.
#
# Seen: command parametersResolution: ada@example.com; command requestParametersResolution: <string>;
#       convert parametersResolution: <string>; convert requestParametersResolution: ada@example.com;
#       convertV2 parametersResolution: ada@example.com; convertV2 requestParametersResolution: <string>.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts openapi-to-postmanv2@6.3.3
cat > openapi.json <<'JSON'
{
  "openapi": "3.0.3",
  "info": { "title": "Accounts", "version": "1" },
  "paths": {
    "/accounts": {
      "get": {
        "parameters": [
          {
            "name": "email",
            "in": "query",
            "required": true,
            "schema": { "type": "string" },
            "example": "ada@example.com"
          }
        ],
        "responses": { "200": { "description": "The account" } }
      }
    }
  }
}
JSON
cat > value.js <<'JS'
const find = (item) => (item.request ? item.request.url.query[0].value : find(item.item[0]))
exports.valueOf = (collection) => find(collection.item[0])
JS
by_command() {
  npx openapi2postmanv2 -s openapi.json -o "$1.json" -O "$1=Example" > "$1.log" 2>&1
  node -e 'console.log("command " + process.argv[1] + ": " + require("./value.js").valueOf(require("./" + process.argv[1] + ".json")))' "$1"
}
cat > library.js <<'JS'
const converter = require("openapi-to-postmanv2")
const { readFileSync } = require("node:fs")
const { valueOf } = require("./value.js")
const [edition, name] = process.argv.slice(2)
const input = { type: "string", data: readFileSync("openapi.json", "utf8") }
converter[edition](input, { [name]: "Example" }, (error, result) => {
  if (error || !result.result) throw error ?? new Error(result.reason)
  console.log(`${edition} ${name}: ${valueOf(result.output[0].data)}`)
})
JS
seen=$(
  for name in parametersResolution requestParametersResolution; do
    by_command "$name"
    node library.js convert "$name"
    node library.js convertV2 "$name"
  done | LC_ALL=C sort
)
echo "$seen"
[[ "$seen" == "command parametersResolution: ada@example.com
command requestParametersResolution: <string>
convert parametersResolution: <string>
convert requestParametersResolution: ada@example.com
convertV2 parametersResolution: ada@example.com
convertV2 requestParametersResolution: <string>" ]]
