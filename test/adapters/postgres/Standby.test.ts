import { assert, layer } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, Redacted, References, Schedule } from "effect"
import type { PublicAddress } from "../../../src/adapters/http/listener/HttpServer.ts"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { examineDatabase } from "../../../src/adapters/postgres/upkeep/DatabaseExamination.ts"
import { StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../../../src/ports/StoreHealth.ts"
import * as PostgresNode from "../../support/PostgresNode.ts"
import { ADA } from "../../support/TestIdentity.ts"
import { everyRight } from "./databases-of-roles.ts"
import { administer, StreamingPair } from "./DisposableServer.ts"
import type { Disposable } from "./DisposableServer.ts"

const { readyz, send } = PostgresNode

type Node = Context.Context<PublicAddress>

const poolMax = 4

/** A node on a database, as quick at giving up as a test has to be. */
const nodeOn = ({ url }: Disposable) =>
  Layer.build(PostgresNode.layer(PostgresClient.layer({ target: { url }, poolMax, timeout: Duration.millis(500) })))
    .pipe(
      Effect.provideService(References.MinimumLogLevel, "Error")
    )

/** A node on the primary, migrated, with somebody on it who signed in twice. */
const signedIn = Effect.fnUntraced(function*(name: string) {
  const { primary, stream } = yield* StreamingPair
  yield* stream
  const node = yield* nodeOn(primary)
  yield* Context.get(node, SchemaMigrator).migrate
  const email = `${name}@example.com`
  yield* signUp(node, email)
  return { node, email, token: yield* signIn(node, email), other: yield* signIn(node, email) }
})

const signUp = (node: Node, email: string) => statusOf(send(node, "POST", "/accounts", { json: { ...ADA, email } }))

const signIn = (node: Node, email: string) =>
  Effect.map(
    send(node, "POST", "/sessions", { json: { email, password: ADA.password } }),
    ({ body }) => String(body["token"])
  )

const signOut = (node: Node, token: string) => statusOf(send(node, "DELETE", "/sessions/me", { token }))

const check = (node: Node, token: string) => statusOf(send(node, "GET", "/sessions/me", { token }))

const changePassword = (node: Node, token: string) =>
  statusOf(send(node, "PUT", "/accounts/me/password", {
    token,
    json: { current_password: ADA.password, new_password: "an altogether different phrase" }
  }))

const statusOf = (reply: Effect.Effect<PostgresNode.Reply>) => Effect.map(reply, ({ status }) => status)

/** Asks again until it is done, for at most three seconds. */
const eventually = (attempt: Effect.Effect<number>) =>
  Effect.repeat(attempt, { until: (status) => status < 300, schedule: Schedule.spaced("20 millis") }).pipe(
    Effect.timeout("3 seconds"),
    Effect.orDie
  )

layer(StreamingPair.layer, { excludeTestServices: true })("a primary and its synchronous standby", (it) => {
  it.effect("[P2] a standby, which may lag behind, is not asked, and says why it is not ready", () =>
    Effect.gen(function*() {
      const { standby } = yield* StreamingPair
      const { node, token } = yield* signedIn("ada")
      const astray = yield* nodeOn(standby)
      assert.strictEqual(yield* signOut(node, token), 204)
      assert.strictEqual(yield* check(astray, token), 503)
      assert.strictEqual((yield* readyz(node)).status, 200)
      const { status, text } = yield* readyz(astray)
      assert.strictEqual(status, 503)
      assert.include(text, "store can't be used: standby")
      const refusal = yield* Effect.flip(Context.get(astray, SchemaMigrator).migrate)
      assert.deepStrictEqual(refusal, new StoreUnavailable({ reason: "standby" }))
    }))

  it.effect("[ASVS 13.1.2] writes that wait for a standby leave room for session checks, and go on when it is back", () =>
    Effect.gen(function*() {
      const { primary, standby } = yield* StreamingPair
      const { node, token } = yield* signedIn("bob")
      yield* standby.end("SIGQUIT")
      const emails = Array.from({ length: 6 * poolMax }, (_, index) => `bob${index}@example.com`)
      const refused = yield* Effect.forEach(emails, (email) => signUp(node, email), { concurrency: poolMax })
      assert.deepStrictEqual(refused, emails.map(() => 503))
      const [backends] = yield* administer(
        primary.url,
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'identity'"
      )
      assert.isAtMost(Number(backends?.["count"]), 2 * poolMax)
      assert.strictEqual(yield* check(node, token), 200)
      const refusals = yield* Effect.replicateEffect(Effect.timed(signUp(node, "bob@example.net")), 3)
      assert.isBelow(Math.min(...refusals.map(([duration]) => Duration.toMillis(duration))), 400)

      yield* standby.start
      assert.strictEqual(yield* eventually(signUp(node, "bob@example.org")), 201)
    }))

  it.effect("a standby that confirms nothing is found by the checks and reported, and keeps no server from being ready", () =>
    Effect.gen(function*() {
      const { primary, standby, stream } = yield* StreamingPair
      const { node } = yield* signedIn("fay")
      for (const grant of ["CREATE ROLE limited LOGIN", ...everyRight("limited")]) yield* administer(primary.url, grant)
      const limited = yield* nodeOn({
        ...primary,
        url: Redacted.make(Redacted.value(primary.url).replace("identity@", "limited@"))
      })
      const missing = (seenBy: typeof node) => Context.get(seenBy, StoreHealth).standbysMissing
      const isFound = (seenBy: typeof node) =>
        Effect.repeat(missing(seenBy), { until: (count) => count === 1, schedule: Schedule.spaced("20 millis") })
      const finding = (seenBy: typeof node) =>
        Effect.map(
          Effect.provideContext(examineDatabase({ connections: 1, prunesEntries: false }), seenBy),
          (findings) => findings.filter(({ check }) => check === "standbys").map(({ outcome }) => outcome)
        )
      assert.deepStrictEqual([yield* missing(node), yield* missing(limited)], [0, 0])
      assert.deepStrictEqual(yield* finding(limited), ["ok"])

      // Its connection stays, and the limited role doesn't see of which kind it is: only that its own write waits.
      yield* standby.freeze
      assert.strictEqual(yield* missing(limited), 0)
      assert.strictEqual(yield* signUp(limited, "fay@example.org"), 503)
      yield* isFound(limited)
      assert.deepStrictEqual(yield* finding(limited), ["failure"])
      yield* standby.thaw
      assert.strictEqual(yield* eventually(signUp(limited, "fay@example.net")), 201)

      yield* standby.end("SIGQUIT")
      yield* isFound(node)
      yield* isFound(limited)
      assert.deepStrictEqual(yield* finding(node), ["failure"])
      assert.strictEqual((yield* readyz(node)).status, 200)
      yield* stream
      assert.deepStrictEqual([yield* missing(node), yield* missing(limited)], [0, 0])
    }))

  it.effect("[P15] a write whose backend an administrator terminates while it waits is answered by 503", () =>
    Effect.gen(function*() {
      const { primary, standby } = yield* StreamingPair
      const { node } = yield* signedIn("eve")
      yield* standby.end("SIGQUIT")
      const waiting = yield* Effect.forkChild(signUp(node, "eve@example.org"))
      yield* Effect.repeat(
        administer(primary.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
        { until: (terminated) => terminated.length > 0, schedule: Schedule.spaced("5 millis") }
      )
      assert.strictEqual(yield* Fiber.join(waiting), 503)
      yield* standby.start
    }))

  // A server that was promoted is nobody's standby any more, so what comes with a failover is one test.
  it.effect("[P15] what no standby has confirmed is answered by 503 and shown to nobody, so a promotion takes nothing back; a client that knows both servers goes on with the one that was promoted", () =>
    Effect.gen(function*() {
      const { primary, promote, standby } = yield* StreamingPair
      const { email, node, other, token } = yield* signedIn("cyd")
      const places = [standby, primary].map(({ port }) => `127.0.0.1:${port}`).join()
      const url = Redacted.make(`postgres://identity@${places}/${primary.database}?target_session_attrs=read-write`)
      const both = yield* nodeOn({ ...primary, url })
      assert.strictEqual(yield* check(both, token), 200)
      yield* standby.end("SIGQUIT")
      const attempts = [signOut(node, token), changePassword(node, other), signUp(node, "dan@example.com")]
      for (const attempt of attempts) {
        assert.deepStrictEqual([yield* attempt, yield* attempt], [503, 503])
      }
      assert.deepStrictEqual([yield* check(node, token), yield* check(node, other)], [200, 200])

      yield* primary.end("SIGKILL")
      yield* standby.start
      yield* promote
      assert.strictEqual(yield* eventually(check(both, token)), 200)
      const successor = yield* nodeOn(standby)
      assert.deepStrictEqual([yield* check(successor, token), yield* check(successor, other)], [200, 200])
      assert.strictEqual(yield* check(successor, yield* signIn(successor, email)), 200)
      assert.strictEqual(yield* signUp(successor, "dan@example.com"), 201)
    }))
})
