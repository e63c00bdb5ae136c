#!/usr/bin/env bash
# effect 4.1.0 with @effect/platform-node 4.1.0: `FileSystem.stream` reads at byte positions, which pipes don't have. What a
# shell makes of `<(command)` fails with ESPIPE, although it is a readable path. `FileSystem.readFileString` of the same path
# reads it.
#
# Seen: stream: failed, ESPIPE; readFileString: hello
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund effect@4.1.0 @effect/platform-node@4.1.0 node@26.10.0
export PATH="$folder/node_modules/node/bin:$PATH"
cat > read.js <<'JS'
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem, Stream } from "effect"

const [streamed, whole] = process.argv.slice(2)
const program = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const stream = yield* files.stream(streamed).pipe(
    Stream.decodeText(),
    Stream.mkString,
    Effect.map((text) => text.trim()),
    Effect.catch((error) => Effect.succeed(`failed, ${/ESPIPE/.exec(String(error.cause ?? error.reason?.cause ?? error))?.[0]}`))
  )
  const text = yield* files.readFileString(whole)
  console.log(`stream: ${stream}; readFileString: ${text.trim()}`)
})
await Effect.runPromise(Effect.provide(program, NodeFileSystem.layer))
JS
output=$(node read.js <(echo hello) <(echo hello))
echo "$output"
[[ "$output" == "stream: failed, ESPIPE; readFileString: hello" ]]
