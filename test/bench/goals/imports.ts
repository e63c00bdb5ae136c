/** IMPORT: accounts in bulk by the commands, beside one after another by Better Auth, and beside checks. */
import { Effect, Fiber } from "effect"
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { closeSync, openSync, writeSync } from "node:fs"
import { promisify } from "node:util"
import { measureIdentity, runIdentity, startIdentity } from "../contenders/Identity.ts"
import type { CommandUsage } from "../contenders/Identity.ts"
import { installed } from "../machine/Peers.ts"
import { execute, MAINTENANCE } from "../machine/Postgres.ts"
import { Bench } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { progress } from "../suite/Progress.ts"
import { atLeast, atMost, NotMeasured } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

/** Of its own, because an import makes it another database. */
const BESIDE = { accounts: 10_000, sessions: 50_000 }

const CONNECTIONS = 48

/** One after another. */
const BY_PEER = 2000

const rowOf = (name: string, index: number): string =>
  JSON.stringify({
    external_id: `${name}-${index}`,
    email: `${name}.${index}@example.com`,
    email_verified: index % 2 === 0,
    display_name: `Person ${index}`,
    password_hash: `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$${
      createHash("sha256").update(String(index)).digest("base64").replace(/=+$/, "")
    }`
  })

/** A file of rows, whose memory is bounded as well. */
const writeRows = (file: string, name: string, count: number): void => {
  const descriptor = openSync(file, "w")
  for (let first = 0; first < count; first += 1000) {
    const rows = Array.from({ length: Math.min(1000, count - first) }, (_, index) => `${rowOf(name, first + index)}\n`)
    writeSync(descriptor, rows.join(""))
  }
  closeSync(descriptor)
}

const createdByPeer = Effect.fnUntraced(function*() {
  const bench = yield* Bench
  const folder = yield* installed("better-auth")
  yield* execute(bench.postgres.url(MAINTENANCE), "CREATE DATABASE peer_imports")
  const { stdout } = yield* Effect.tryPromise({
    try: () =>
      promisify(execFile)(process.execPath, [`${folder}/create.js`, String(BY_PEER)], {
        env: { PATH: process.env["PATH"], NODE_ENV: "production", DATABASE_URL: bench.postgres.url("peer_imports") }
      }),
    catch: (error) => new NotMeasured({ message: `Better Auth: ${String(error)}`, broken: true })
  })
  const figures: { readonly api: number; readonly adapter: number } = JSON.parse(stdout)
  return figures
})

/** Commands on a database of nothing else. */
const alone = Effect.fnUntraced(function*(file: string) {
  const bench = yield* Bench
  const url = bench.postgres.url("bench_imports")
  yield* execute(bench.postgres.url(MAINTENANCE), "CREATE DATABASE bench_imports")
  yield* runIdentity(["migrate"], { IDENTITY_DATABASE_URL: url })
  const run = (words: ReadonlyArray<string>) =>
    Effect.tap(
      measureIdentity(words, { IDENTITY_DATABASE_URL: url }, `${bench.directory}/output`),
      ({ peakMb, seconds }) =>
        Effect.sync(() => progress(`${words[0]}: ${seconds.toFixed(1)} s, ${peakMb.toFixed(0)} MB`))
    )
  return {
    imported: yield* run(["import-accounts", file]),
    again: yield* run(["import-accounts", file]),
    exported: yield* run(["export-accounts", "--with-credentials"])
  }
})

/** Checks alone, and while an import runs. */
const besideChecks = Effect.fnUntraced(function*(file: string) {
  const bench = yield* Bench
  const { seconds, warmUpSeconds } = bench.plan
  const { checks: requests, url } = yield* bench.database(BESIDE)
  const server = yield* startIdentity({ database: url })
  const load = { requests, connections: CONNECTIONS }
  yield* measure(server, { ...load, seconds: warmUpSeconds })
  const before = yield* measure(server, { ...load, seconds })
  const importing = yield* Effect.forkScoped(
    measureIdentity(["import-accounts", file], { IDENTITY_DATABASE_URL: url }, `${bench.directory}/output`)
  )
  // Its start is none of an import's work.
  yield* Effect.sleep("1 second")
  const during = yield* measure(server, { ...load, seconds })
  if (importing.pollUnsafe() !== undefined) progress("the import ended before the checks did")
  return { before, during, usage: yield* Fiber.join(importing) }
}, Effect.scoped)

export const imports = Effect.gen(function*() {
  const bench = yield* Bench
  const { rows } = bench.plan
  const file = `${bench.directory}/rows.ndjson`
  writeRows(file, "person", rows)
  const { again, exported, imported } = yield* alone(file)
  const peer = yield* createdByPeer()
  const { before, during, usage } = yield* besideChecks(file)
  const rate = ({ seconds }: CommandUsage) => rows / seconds
  const findings: Findings = {
    title: `Imports and exports of ${rows.toLocaleString("en")} accounts`,
    columns: ["", "accounts/s", "RSS MB at most"],
    rows: [
      ["`identity import-accounts`", rate(imported), imported.peakMb],
      ["the same file again", rate(again), again.peakMb],
      ["the same beside checks", rate(usage), usage.peakMb],
      ["`identity export-accounts --with-credentials`", rate(exported), exported.peakMb],
      ["Better Auth, `auth.api.signUpEmail`, one after another", peer.api, ""],
      ["Better Auth, two rows by its adapter, one after another", peer.adapter, ""]
    ],
    verdicts: [
      atLeast({
        goal: "IMPORT",
        sentence: "Accounts imported a second, with hashes",
        figure: rate(imported),
        bound: 20_000,
        unit: "accounts/s"
      }),
      atLeast({
        goal: "IMPORT",
        sentence: "Accounts imported a second, of those that the API of Better Auth creates one after another",
        figure: rate(imported) / peer.api,
        bound: 50
      }),
      atMost({ goal: "IMPORT", sentence: "RSS of an import at most", figure: imported.peakMb, bound: 200, unit: "MB" }),
      atMost({
        goal: "IMPORT",
        sentence: "p99 of checks beside an import, of that alone",
        figure: during.p99Ms / before.p99Ms,
        bound: 3
      }),
      atLeast({
        goal: "IMPORT",
        sentence: "Accounts exported a second, with hashes",
        figure: rate(exported),
        bound: 50_000,
        unit: "accounts/s"
      })
    ],
    notes: [
      `Beside the import, ${during.perSecond.toFixed(0)} checks a second with a p99 of ${
        during.p99Ms.toFixed(1)
      } ms at ${CONNECTIONS} connections; alone, ${before.perSecond.toFixed(0)} with ${before.p99Ms.toFixed(1)} ms.`,
      "Better Auth is given the same hashes, and hashes nothing. Its adapter is what its guides for coming from other systems use: two inserted rows, whose email nobody looks for."
    ]
  }
  return findings
})
