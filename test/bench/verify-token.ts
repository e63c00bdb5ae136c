/**
 * What the token costs of `GET /sessions/me`: our signer beside the same check through the `Mac` of `effect/crypto`.
 * By hand: `node test/bench/verify-token.ts`.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Effect, Option, Redacted } from "effect"
import { Mac } from "effect/crypto"
import { Bench } from "tinybench"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import { SessionId } from "../../src/domain/model/Session.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { OLD_KEY } from "../support/signing-keys.ts"

const ID = SessionId.make("ses_3w5e11264sgsf0000000r7x2k")

const spelling = /^([a-z0-9-]{1,32})\.([a-z0-9]{25})\.([A-Za-z0-9_-]{43})$/

/** Verifies as our signer does, but decodes the tag for `Mac.verify`, hence has to check its spelling besides. */
const verifyByMac = Effect.fnUntraced(
  function*(mac: Mac.Mac["Service"], key: Mac.Key, token: Redacted.Redacted<string>) {
    const [, kid = "", payload = "", tag = ""] = spelling.exec(Redacted.value(token)) ?? []
    const bytes = Buffer.from(tag, "base64url")
    const message = new TextEncoder().encode(`identity session token v1\0${kid}\0${payload}\0`)
    const genuine = (yield* mac.verify(key, bytes, message)) && bytes.toString("base64url") === tag
    return genuine ? Option.some(`ses_${payload}`) : Option.none()
  }
)

/** One sample is a batch inside one fiber, so that neither the timer nor the start of a fiber is measured. */
const BATCH = 1000

const batch = Effect.fnUntraced(function*(verify: Effect.Effect<Option.Option<string>, unknown>) {
  for (let round = 0; round < BATCH; round++) {
    if (Option.isNone(yield* verify)) return yield* Effect.die("a genuine token was refused")
  }
})

const program = Effect.gen(function*() {
  const signer = yield* TokenSigner
  const mac = yield* Mac.Mac
  const key = yield* Mac.key(Mac.hmacSha256, Redacted.value(OLD_KEY.secret))
  const token = yield* signer.signSession(ID)
  const run = Effect.runSyncWith(yield* Effect.context())
  const bench = new Bench({ time: 3000, warmupTime: 1000 })
    .add("HmacTokenSigner", () => void run(batch(signer.verifySession(token))))
    .add("effect/crypto Mac", () => void run(batch(verifyByMac(mac, key, token))))
  yield* Effect.promise(() => bench.run())
  console.table(
    bench.tasks.map(({ name, result }) => ({
      name,
      "µs a token, median": "latency" in result ? (result.latency.p50 * 1000 / BATCH).toFixed(2) : result.state
    }))
  )
}).pipe(Effect.provide([HmacTokenSigner.layer([OLD_KEY]), NodeCrypto.layerMac]))

await Effect.runPromise(program)
