/**
 * What the token costs of `GET /sessions/me`: our signer beside the same check through the `Mac` of `effect/crypto`.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Effect, Option, Redacted } from "effect"
import { Mac } from "effect/crypto"
import * as HmacTokenSigner from "../../../src/adapters/crypto/HmacTokenSigner.ts"
import { SessionId } from "../../../src/domain/model/Session.ts"
import { TokenSigner } from "../../../src/ports/TokenSigner.ts"
import { OLD_KEY } from "../../support/signing-keys.ts"
import type { Task } from "./tasks.ts"

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

/** All of it in one fiber, so that the start of a fiber is not measured. */
const repeated = Effect.fnUntraced(function*(verify: Effect.Effect<Option.Option<string>, unknown>, count: number) {
  for (let round = 0; round < count; round++) {
    if (Option.isNone(yield* verify)) return yield* Effect.die("a genuine token was refused")
  }
})

export const tokenChecks: Effect.Effect<ReadonlyArray<Task>> = Effect.gen(function*() {
  const signer = yield* TokenSigner
  const mac = yield* Mac.Mac
  const key = yield* Mac.key(Mac.hmacSha256, Redacted.value(OLD_KEY.secret))
  const token = yield* signer.signSession(ID)
  const run = Effect.runSyncWith(yield* Effect.context())
  return [
    { name: "checking a token", batch: (count: number) => run(repeated(signer.verifySession(token), count)) },
    {
      name: "checking it by the `Mac` of `effect/crypto`",
      batch: (count: number) => run(repeated(verifyByMac(mac, key, token), count))
    }
  ]
}).pipe(Effect.provide([HmacTokenSigner.layer([OLD_KEY]), NodeCrypto.layerMac]), Effect.orDie)
