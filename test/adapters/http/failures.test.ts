import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, Logger, Redacted, Result } from "effect"
import * as Argon2PasswordHasher from "../../../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as NodeRsArgon2Engine from "../../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import { HashingOverloaded, StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { PasswordHasher } from "../../../src/ports/PasswordHasher.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import type { Stores } from "../../../src/ports/Stores.ts"
import { elevated } from "../../support/authenticator.ts"
import { aPasswordHash } from "../../support/builders.ts"
import { changing, memoryStores } from "../../support/stores.ts"
import * as TestAdmin from "../../support/TestAdmin.ts"
import { ADA, adaSignedIn, bearer, pointersOf, TestIdentity } from "../../support/TestIdentity.ts"
import { CHEAP_ARGON2, cheapHasher, layerHashingWith, servicesOver } from "../../support/TestServices.ts"

const outage = Effect.fail(new StoreUnavailable())

const unreachable = changing(SessionStore, () => ({ findSession: () => outage })).pipe(
  Layer.provide(changing(AccountStore, () => ({ insertAccount: () => outage, findForAttempt: () => outage })))
)

const refusedText = Effect.fail(new StoreUnavailable({ reason: "text-not-storable" }))

const narrow = changing(AccountStore, () => ({ insertAccount: () => refusedText, findForAttempt: () => refusedText }))

/** A valid token, made with a working store. */
const aToken = Effect.gen(function*() {
  const identity = yield* TestIdentity
  yield* identity.signUp()
  return yield* identity.signIn()
}).pipe(Effect.provide(TestIdentity.layer))

const over = (changed: Layer.Layer<Stores, never, Stores>) =>
  TestIdentity.layerOver({}).pipe(
    Layer.provide(servicesOver(cheapHasher, Layer.provideMerge(changed, MemoryStores.layer)))
  )

const requests: ReadonlyArray<readonly [method: string, path: string]> = [
  ["POST", "/accounts"],
  ["POST", "/sessions"],
  ["GET", "/sessions/me"],
  ["GET", "/accounts/me"],
  ["DELETE", "/sessions/me"]
]

describe("[ASVS 16.5.2, 16.5.3] while the store can't be reached", () => {
  it.effect.each(requests)(
    "%s %s is unavailable, and says when to try again",
    ([method, path]) =>
      Effect.gen(function*() {
        const token = yield* aToken
        const json = path === "/accounts" ? ADA : { email: ADA.email, password: ADA.password }
        const answer = yield* Effect.flatMap(
          TestIdentity,
          (identity) => identity.send(method, path, method === "POST" ? { json } : { headers: bearer(token) })
        ).pipe(Effect.provide(over(unreachable)))
        assert.strictEqual(answer.status, 503)
        assert.strictEqual(answer.json["code"], "unavailable")
        assert.match(answer.headers["retry-after"] ?? "", /^\d+$/)
      })
  )
})

it.effect.each(["/accounts", "/sessions"])(
  "POST %s of a text that the store can't hold is invalid, not a fault",
  (path) =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const json = path === "/accounts" ? ADA : { email: ADA.email, password: ADA.password }
      const answer = yield* identity.send("POST", path, { json })
      assert.strictEqual(answer.status, 422)
      assert.strictEqual(answer.json["code"], "validation-failed")
    }).pipe(Effect.provide(over(narrow)))
)

const narrowDirectory = Layer.effect(
  Directory,
  Effect.map(Directory, (directory) => ({
    ...directory,
    listAccounts: () => refusedText,
    findSessions: () => refusedText
  }))
)

it.effect("a text to look for that the store can't hold is named", () =>
  Effect.gen(function*() {
    const { send } = yield* TestIdentity
    const { secret } = yield* TestAdmin.aKey()
    const headers = bearer(Redacted.value(secret))
    const listed = yield* send("GET", "/admin/accounts?email_prefix=%00", { headers })
    assert.deepStrictEqual([listed.status, yield* pointersOf(listed)], [422, ["/email_prefix"]])
    const json = { all_accounts: true, user_agent: "\0" }
    const revoked = yield* send("POST", "/admin/session-revocations", { headers, json })
    assert.deepStrictEqual([revoked.status, yield* pointersOf(revoked)], [422, ["/user_agent"]])
  }).pipe(Effect.provide(TestAdmin.layerOver(Layer.provideMerge(narrowDirectory, memoryStores)))))

it.effect("[ASVS 13.1.2] a full queue of hashes is overloaded, and says when to try again", () =>
  Effect.gen(function*() {
    const identity = yield* TestIdentity
    const answer = yield* identity.signUp()
    assert.strictEqual(answer.status, 503)
    assert.strictEqual(answer.json["code"], "overloaded")
    // Rounded up.
    assert.strictEqual(answer.headers["retry-after"], "2")
  }).pipe(
    Effect.provide(
      TestIdentity.layerOver({}).pipe(Layer.provide(layerHashingWith(
        Layer.mock(PasswordHasher, {
          holdPlace: (use) => use,
          hash: () => Effect.fail(new HashingOverloaded({ retryAfter: Duration.millis(1200) })),
          examine: Result.fail,
          needsRehash: () => false,
          decoy: aPasswordHash()
        })
      )))
    )
  ))

/** Two running hashes, and twenty that wait. */
const fewHashes = Argon2PasswordHasher.layer({ ...CHEAP_ARGON2, concurrency: 2, queueMax: 20 }).pipe(
  Layer.provide(NodeRsArgon2Engine.layer)
)

it.effect("[ASVS 15.2.2] of 200 who sign in at once as many as can be judged are, and the others told to come back", () =>
  Effect.gen(function*() {
    const identity = yield* TestIdentity
    yield* identity.signUp()
    const token = yield* identity.signIn()
    const crowd = Array.from(
      { length: 200 },
      (_, index) => ({ name: `p${index}@example.com`, from: `10.${index}.0.1` })
    )
    const signIn = ({ from, name }: { readonly from: string; readonly name: string }) =>
      identity.send("POST", "/sessions", { json: { email: name, password: ADA.password }, from })
    const [answers, checked] = yield* Effect.all([
      Effect.forEach(crowd, signIn, { concurrency: "unbounded" }),
      identity.send("GET", "/sessions/me", { headers: bearer(token) })
    ], { concurrency: 2 })
    const judged = answers.filter(({ status }) => status === 401)
    const turnedAway = answers.filter(({ status }) => status === 503)
    assert.strictEqual(judged.length + turnedAway.length, 200)
    assert.isAtLeast(judged.length, 22)
    assert.isNotEmpty(turnedAway)
    for (const { headers, json } of turnedAway) {
      assert.strictEqual(json["code"], "overloaded")
      assert.match(headers["retry-after"] ?? "", /^\d+$/)
    }
    assert.strictEqual(checked.status, 200)
    assert.notStrictEqual(yield* identity.signIn(), "undefined")
  }).pipe(
    Effect.provide(TestIdentity.layerOver({}).pipe(Layer.provide(layerHashingWith(fewHashes))))
  ))

it.effect("[P12] one network that signs in with right passwords without end keeps nobody else out", () =>
  Effect.gen(function*() {
    const identity = yield* TestIdentity
    const person = (name: string) => ({ email: `${name}@example.com`, password: ADA.password })
    const greedy = Array.from({ length: 6 }, (_, index) => person(`greedy-${index}`))
    const others = Array.from({ length: 6 }, (_, index) => person(`other-${index}`))
    yield* Effect.forEach([...greedy, ...others], identity.signUp)
    const signIn = (json: ReturnType<typeof person>, from: string) => identity.send("POST", "/sessions", { json, from })
    const [many, few] = yield* Effect.all([
      Effect.forEach(
        Array.from({ length: 30 }, () => greedy).flat(),
        (who, index) => signIn(who, `203.0.113.${index}`),
        { concurrency: "unbounded" }
      ),
      Effect.forEach(others, (who, index) => signIn(who, `10.${index}.0.1`), { concurrency: "unbounded" })
    ], { concurrency: 2 })
    assert.deepStrictEqual([...new Set(few.map(({ status }) => status))], [201])
    const refused = many.filter(({ status }) => status === 503)
    assert.isNotEmpty(refused)
    assert.deepStrictEqual([...new Set(refused.map(({ json }) => json["code"]))], ["overloaded"])
  }).pipe(
    Effect.provide(TestIdentity.layerOver({}).pipe(Layer.provide(layerHashingWith(fewHashes))))
  ))

describe("[ASVS 16.5.1, 16.5.4] a mistake of ours", () => {
  const canary = "canary-51ab"
  const broken = over(changing(AccountStore, () => ({ insertAccount: () => Effect.die(new Error(canary)) })))

  it.effect("is an internal error that tells the caller nothing", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const answer = yield* identity.signUp()
      assert.strictEqual(answer.status, 500)
      assert.strictEqual(answer.json["code"], "internal-error")
      assert.strictEqual(answer.headers["cache-control"], "no-store")
      assert.notInclude(answer.text, canary)
    }).pipe(Effect.provide(broken)))

  it.effect("[ASVS 16.3.4] is logged once, with its stack", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const identity = yield* TestIdentity
      yield* identity.signUp().pipe(
        Effect.provide(Logger.layer([Logger.map(Logger.formatLogFmt, (line) => {
          lines.push(line)
        })]))
      )
      const about = lines.filter((line) => line.includes(canary))
      assert.lengthOf(about, 1)
      assert.match(about[0] ?? "", /level=ERROR/i)
      assert.include(about[0] ?? "", "failures.test.ts")
    }).pipe(Effect.provide(broken)))

  const brokenList = over(changing(SessionStore, () => ({ listSessions: () => Effect.die(new Error(canary)) })))

  it.effect("[ASVS 16.3.4] in the middle of an answer cuts it off, and is logged once, with the request's id", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const { identity, token } = yield* adaSignedIn
      const headers = { ...bearer(yield* elevated(token)), "x-request-id": "the-request" }
      const answer = yield* Effect.exit(identity.send("GET", "/accounts/me/export", { headers })).pipe(
        Effect.provide(Logger.layer([Logger.map(Logger.formatLogFmt, (line) => {
          lines.push(line)
        })]))
      )
      assert.isTrue(Exit.isFailure(answer))
      const about = lines.filter((line) => line.includes(canary))
      assert.lengthOf(about, 1)
      assert.match(about[0] ?? "", /level=ERROR/i)
      assert.include(about[0] ?? "", "request_id=the-request")
    }).pipe(Effect.provide(brokenList)))
})
