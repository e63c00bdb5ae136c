/** Imports that are interrupted, and run again. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { once } from "node:events"
import * as Http from "node:http"
import { constants, getPriority } from "node:os"
import { execute } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase } from "./Database.ts"
import { identity, request, serve, start, untilReadiness } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"

const variablesFor = (url: Redacted.Redacted): Variables => ({
  IDENTITY_DATABASE_URL: Redacted.value(url),
  IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
})

const HASH = "$2b$04$H/u4.nVB7.RjCTNW57zaRehFw3AR6JlrkVHVaWjbvNSxUB5ix/oES"

const linesOf = (name: string): ReadonlyArray<string> =>
  Array.from({ length: 3000 }, (_, index) =>
    `${
      JSON.stringify({
        external_id: `${name}-${index}`,
        email: `${name}.${index}@example.com`,
        display_name: name,
        password_hash: HASH
      })
    }\n`)

/** What is sent before the interruption. The rest comes when the import runs again, at the latest. */
const begun = (lines: ReadonlyArray<string>) => lines.slice(0, 2000).join("")

/** Interrupts the command as soon as it has said what became of the first rows. */
const interruptCommand = Effect.fnUntraced(
  function*(lines: ReadonlyArray<string>, signal: NodeJS.Signals, variables: Variables) {
    const { child, ended } = yield* start(["import-accounts", "-", "--json"], variables)
    const answered = once(child.stdout, "data")
    child.stdin.on("error", () => undefined)
    child.stdin.write(begun(lines))
    yield* Effect.promise(() => answered)
    const priority = getPriority(child.pid)
    child.kill(signal)
    return { ...(yield* ended), priority }
  },
  Effect.scoped
)

/** Cuts the connection at that moment. */
const interruptRequest = (url: string, headers: Record<string, string>, lines: ReadonlyArray<string>) =>
  Effect.callback<void>((resume) => {
    const sent = Http.request(url, { method: "POST", headers, agent: false }, (answer) => {
      answer.once("data", () => sent.destroy())
      answer.on("error", () => undefined)
    })
    sent.on("error", () => undefined)
    sent.once("close", () => resume(Effect.void))
    sent.write(begun(lines))
  })

/** How many rows of a whole import became what. */
const outcomesIn = (text: string): ReadonlyArray<number> => {
  const all = text.trim().split("\n").map((line) => String(JSON.parse(line).outcome))
  return ["created", "unchanged", "updated", "refused"].map((it) => all.filter((outcome) => outcome === it).length)
}

const assertCompleted = ([created = 0, unchanged = 0, ...others]: ReadonlyArray<number>) => {
  assert.isAtLeast(created, 1000)
  assert.isAbove(unchanged, 0)
  assert.deepStrictEqual([created + unchanged, ...others], [3000, 0, 0])
}

const keyOf = Effect.fnUntraced(function*(variables: Variables) {
  const words = ["create-api-key", "--name", "Moving", "--scope", "imports:write", "--quiet"]
  const { stdout } = yield* identity(words, variables)
  return { authorization: `Bearer ${stdout.trim()}`, "content-type": "application/x-ndjson" }
})

const importsOf = (server: Server) => `${server.managementUrl}/admin/imports`

describe("an import", () => {
  it.live(
    "gives way to others, and once killed, interrupted or cut off is completed by running it again, with nothing twice",
    () =>
      Effect.gen(function*() {
        const { url } = yield* migratedDatabase
        const variables = variablesFor(url)
        for (const signal of ["SIGKILL", "SIGINT"] as const) {
          const lines = linesOf(signal.toLowerCase())
          const { exitCode, priority, signal: killedBy } = yield* interruptCommand(lines, signal, variables)
          assert.strictEqual(priority, constants.priority.PRIORITY_BELOW_NORMAL)
          assert.deepStrictEqual([exitCode, killedBy], signal === "SIGKILL" ? [null, signal] : [130, null])
          const again = yield* identity(["import-accounts", "-", "--json"], variables, lines.join(""))
          assertCompleted(outcomesIn(again.stdout))
        }

        const server = yield* serve(variables)
        yield* untilReadiness(server, 200)
        const headers = yield* keyOf(variables)
        const lines = linesOf("cut")
        yield* interruptRequest(importsOf(server), headers, lines)
        const again = yield* request(importsOf(server), { method: "POST", headers, body: lines.join("") })
        assertCompleted(outcomesIn(yield* Effect.promise(() => again.text())))

        const { rows } = yield* execute(
          { url },
          `SELECT (SELECT count(*) FROM accounts)::int AS accounts,
             (SELECT count(*) FROM account_emails)::int AS emails,
             (SELECT count(DISTINCT external_id) FROM accounts)::int AS external_ids,
             (SELECT count(*) FROM audit_log WHERE action = 'account.created')::int AS entries,
             (SELECT count(DISTINCT account_id) FROM audit_log WHERE action = 'account.created')::int AS recorded`
        )
        assert.deepStrictEqual(rows, [
          { accounts: 9000, emails: 9000, external_ids: 9000, entries: 9000, recorded: 9000 }
        ])
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})

it.live("an export of several parts stops once its reader has gone, without a word", () =>
  Effect.gen(function*() {
    const variables = variablesFor((yield* migratedDatabase).url)
    yield* identity(["import-accounts", "-"], variables, linesOf("left").join(""))
    const { child, ended } = yield* start(["export-accounts"], variables)
    child.stdout.destroy()
    const { exitCode, stderr } = yield* ended
    assert.deepStrictEqual([exitCode, stderr], [0, ""])
  }).pipe(Effect.provide(NodeFileSystem.layer)))
