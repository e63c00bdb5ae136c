#!/usr/bin/env bash
# vitest 5.1.1: `vitest run -u PATH` reads PATH as the value of `-u` and says nothing about it, so it filters nothing: every
# test file runs, and snapshots are written for all of them. `vitest run PATH -u` runs the files below PATH alone.
#
# Seen: 2 files run with the option first, 1 file with the option last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund vitest@5.1.1 node@26.10.0
export PATH="$folder/node_modules/node/bin:$folder/node_modules/.bin:$PATH"
mkdir one other
for place in one other; do
  echo 'import { expect, test } from "vitest"; test("a value", () => expect(1).toMatchSnapshot())' > "$place/a.test.js"
done

files_run() {
  vitest run "$@" --reporter=json --outputFile=report.json > /dev/null 2>&1
  node -p 'JSON.parse(require("node:fs").readFileSync("report.json", "utf8")).testResults.length'
}
first=$(files_run -u one)
last=$(files_run one -u)
echo "vitest run -u one: $first files; vitest run one -u: $last file"
[[ "$first" == 2 && "$last" == 1 ]]
