/** The quickstart from its first start on: a server on the embedded database, and commands beside it. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Schema } from "effect"
import {
  emptyDirectory,
  identity,
  post,
  request,
  serve,
  untilLogged,
  untilReadiness,
  usedDataDirectory
} from "./IdentityProcess.ts"
import type { Server } from "./IdentityProcess.ts"
import { untilTaken } from "./WorkerProcesses.ts"

const credentials = { email: "ada@example.com", password: "correct horse battery staple" }

const Token = Schema.Struct({ token: Schema.String })

const signIn = Effect.fnUntraced(function*(server: Server) {
  const response = yield* post(`${server.url}/sessions`, credentials)
  assert.strictEqual(response.status, 201)
  const { token } = yield* Schema.decodeUnknownEffect(Token)(yield* Effect.promise(() => response.json()))
  return { authorization: `Bearer ${token}` }
})

const whoAmI = (server: Server, headers: Record<string, string>) =>
  Effect.map(request(`${server.url}/accounts/me`, { headers }), ({ status }) => status)

describe("the embedded database", () => {
  it.live("keeps what was acknowledged through kill -9, and obeys a command at once", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const variables = { IDENTITY_DATA_DIR: `${yield* emptyDirectory}/data` }
      const first = yield* serve(variables)
      yield* untilReadiness(first, 200)
      yield* untilLogged(first, "is in an embedded database")
      const steps = ["Creating the embedded database in", "Starting the embedded Postgres server", "listens on"]
      const places = steps.map((step) => first.log().indexOf(step))
      assert.isTrue(places.every((place, index) => place > (places[index - 1] ?? -1)), first.log())
      assert.strictEqual((yield* fs.stat(variables.IDENTITY_DATA_DIR)).mode & 0o777, 0o700)

      const created = yield* post(`${first.url}/accounts`, { ...credentials, display_name: "Ada" })
      assert.strictEqual(created.status, 201)
      const one = yield* signIn(first)
      const other = yield* signIn(first)

      const listed = yield* identity(["list-sessions", credentials.email, "--json"], variables)
      const [newest, oldest] = JSON.parse(listed.stdout).sessions
      const ended = yield* identity(
        ["revoke-sessions", credentials.email, "--session", newest.id, "--yes"],
        variables
      )
      assert.deepStrictEqual([ended.exitCode, ended.stdout], [0, "Ended 1 session of ada@example.com.\n"])
      assert.deepStrictEqual([yield* whoAmI(first, one), yield* whoAmI(first, other)], [200, 401])

      first.child.kill("SIGKILL")
      yield* first.ended
      const second = yield* serve(variables)
      yield* untilReadiness(second, 200)
      assert.deepStrictEqual([yield* whoAmI(second, one), yield* whoAmI(second, other)], [200, 401])

      const all = yield* identity(["revoke-sessions", credentials.email, "--yes", "--json"], variables)
      assert.strictEqual(JSON.parse(all.stdout).sessions_ended, 1)
      assert.strictEqual(yield* whoAmI(second, one), 401)
      assert.isString(oldest.id)

      second.child.kill("SIGTERM")
      assert.strictEqual((yield* second.ended).exitCode, 0)
    }).pipe(Effect.provide(NodeFileSystem.layer)), 40_000)

  it.live("serves commands when no server runs, and an account made so can sign in", () =>
    Effect.gen(function*() {
      const variables = { IDENTITY_DATA_DIR: yield* usedDataDirectory }
      const args = ["create-account", "--email", credentials.email, "--display-name", "Ada", "--password-stdin"]
      const created = yield* identity([...args, "--quiet"], variables, credentials.password)
      assert.match(created.stdout, /^acct_[0-9a-z]{25}\n$/)
      const migrated = yield* identity(["migrate", "--dry-run", "--json"], variables)
      assert.deepStrictEqual(JSON.parse(migrated.stdout), { pending: [] })
      const server = yield* serve(variables)
      yield* untilReadiness(server, 200)
      yield* signIn(server)
      server.child.kill("SIGINT")
      assert.strictEqual((yield* server.ended).exitCode, 130)
      assert.match(server.log(), /"Stopping: answers what was accepted, for at most 20 seconds"[^]*"Stopped"/)
    }).pipe(Effect.provide(NodeFileSystem.layer)), 40_000)

  it.live("answers every sign-in that was accepted before SIGTERM", () =>
    Effect.gen(function*() {
      // Costly hashes, so that all of them are under way when the signal comes. None waits for another one, because a
      // busy machine would refuse those that wait for long.
      const server = yield* serve({
        IDENTITY_DATA_DIR: yield* usedDataDirectory,
        IDENTITY_ARGON2_TIME_COST: "8",
        IDENTITY_HASH_CONCURRENCY: "8"
      })
      yield* untilReadiness(server, 200)
      yield* post(`${server.url}/accounts`, { ...credentials, display_name: "Ada" })
      const signIns = yield* Effect.forkChild(
        Effect.all(Array.from({ length: 8 }, () => post(`${server.url}/sessions`, credentials)), {
          concurrency: "unbounded"
        })
      )
      // With the one who signed up.
      yield* untilTaken(server, 9)
      server.child.kill("SIGTERM")
      const answers = yield* Fiber.join(signIns)
      const statuses = answers.map(({ status }) => status)
      // On a machine that is busy enough one may be refused, which is an answer too.
      assert.deepStrictEqual(statuses.filter((status) => status !== 201 && status !== 503), [])
      assert.include(statuses, 201)
      assert.strictEqual((yield* server.ended).exitCode, 0)
    }).pipe(Effect.provide(NodeFileSystem.layer)), 40_000)
})
