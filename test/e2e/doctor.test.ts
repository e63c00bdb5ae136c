/** `identity doctor` in its own process, and the same findings in the log of a starting server. */
import { NodeFileSystem, NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import * as DataDirectory from "../../src/platform/embedded/DataDirectory.ts"
import * as EmbeddedPostgres from "../../src/platform/embedded/EmbeddedPostgres.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase } from "./Database.ts"
import {
  emptyDirectory,
  Executable,
  identity,
  serve,
  untilLogged,
  untilReadiness,
  usedDataDirectory
} from "./IdentityProcess.ts"
import type { Ended, Server, Variables } from "./IdentityProcess.ts"
import { hasFaketime, wrongClock } from "./WrongClock.ts"

const SECRET = "b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

const Report = Schema.fromJsonString(Schema.Struct({
  findings: Schema.Array(Schema.Struct({
    check: Schema.String,
    outcome: Schema.Literals(["ok", "warning", "failure"]),
    detail: Schema.String,
    advice: Schema.NullOr(Schema.String)
  }))
}))

/** The findings of a process that are not ok. */
const faultsOf = ({ stdout }: Pick<Ended, "stdout">) =>
  Effect.map(
    Schema.decodeEffect(Report)(stdout),
    ({ findings }) =>
      findings.filter(({ outcome }) => outcome !== "ok").map(({ check, detail, outcome }) => [check, outcome, detail])
  )

const on = (url: Redacted.Redacted): Variables => ({
  IDENTITY_DATABASE_URL: Redacted.value(url),
  IDENTITY_SIGNING_KEYS: `k1:${SECRET}`
})

/** A secret that is sealed by a key that is gone, and a passkey of another domain. */
const UNFIT = `
  INSERT INTO factors (id, account_id, type, name, created_at, seed, sealed_by, rp_id) VALUES
    ('fct_0000000000000000000000000', 'a', 'totp', 'Phone', now(), 'gone.c2VjcmV0', 'gone', NULL),
    ('fct_0000000000000000000000001', 'a', 'passkey', 'Laptop', now(), NULL, NULL, 'example.com')`

describe("doctor", () => {
  it.live("looks at the embedded database beside those who run it, changes nothing for them, and finds what does not fit it", () =>
    Effect.gen(function*() {
      const variables = { IDENTITY_DATA_DIR: yield* usedDataDirectory }
      const server = yield* serve(variables)
      yield* untilReadiness(server, 200)
      const ended = yield* identity(["doctor", "--json"], variables)
      assert.deepStrictEqual([ended.exitCode, ended.stderr, yield* faultsOf(ended)], [0, "", []])
      yield* untilReadiness(server, 200)
      const target = yield* DataDirectory.look(variables.IDENTITY_DATA_DIR).pipe(
        Effect.flatMap(Effect.fromOption),
        Effect.flatMap(EmbeddedPostgres.findRunning),
        Effect.flatMap(Effect.fromOption)
      )
      yield* execute(target, UNFIT)
      const unfit = yield* identity(["doctor", "--json"], variables)
      assert.deepStrictEqual(
        (yield* faultsOf(unfit)).map(([check, , detail]) => [check, detail?.split(" ")[0]]),
        [["keys", "IDENTITY_ENCRYPTION_KEYS"], ["configuration", "IDENTITY_PASSKEY_RP_ID"]]
      )
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("finds that too few files may be open", () =>
    Effect.gen(function*() {
      const HOME = yield* emptyDirectory
      const args = ["-c", `ulimit -n 500 && exec "$@"`, "sh", process.execPath, yield* Executable, "doctor", "--json"]
      const outcome = yield* Effect.promise(() =>
        promisify(execFile)("sh", args, { env: { HOME }, cwd: HOME }).catch((error: unknown) => error)
      )
      const Failed = Schema.Struct({ code: Schema.Int, stdout: Schema.String, stderr: Schema.String })
      const ended = yield* Schema.decodeUnknownEffect(Failed)(outcome)
      assert.strictEqual(ended.code, 3)
      assert.include(ended.stderr, `"code":"must-be-mended"`)
      const [[check, judgement, detail] = []] = yield* faultsOf(ended)
      assert.deepStrictEqual([check, judgement], ["open-files", "failure"])
      assert.match(detail ?? "", /may have 500 files open here/)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live.skipIf(!hasFaketime)("finds that the clock is wrong", () =>
    Effect.gen(function*() {
      const clock = yield* wrongClock("+1h")
      const ended = yield* identity(["doctor", "--json"], { ...on((yield* migratedDatabase).url), ...clock.variables })
      const [[check, outcome, detail] = [], ...others] = yield* faultsOf(ended)
      assert.deepStrictEqual([ended.exitCode, check, outcome, others], [3, "clock", "failure", []])
      assert.include(detail, "1h ahead of the database's")
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

const linesWith = (server: Server, text: string) =>
  server.log().split("\n").filter((line) => line.includes(text)).length

describe("a server that starts", () => {
  it.live.each(["1", "2"])(
    "tells once what doctor would, and is ready all the same, in %s processes",
    (workers) =>
      Effect.gen(function*() {
        const { close, open, url } = yield* migratedDatabase
        const name = new URL(Redacted.value(url)).pathname.slice(1)
        yield* execute({ url }, `ALTER DATABASE ${name} SET synchronous_commit = off`)
        yield* close
        const key = `k20240101-a:${SECRET}`
        const server = yield* serve({ ...on(url), IDENTITY_WORKERS: workers, IDENTITY_SIGNING_KEYS: key })
        yield* untilReadiness(server, 503)
        yield* untilLogged(server, "k20240101-a, which signs, was made on 2024-01-01.")
        yield* open
        yield* untilReadiness(server, 200)
        yield* untilLogged(server, "synchronous_commit is off")
        assert.deepStrictEqual(["synchronous_commit", "which signs"].map((text) => linesWith(server, text)), [1, 1])
        assert.include(server.log(), `"check":"durability"`)
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})
