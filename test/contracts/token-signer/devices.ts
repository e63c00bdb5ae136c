import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Option, Redacted, Schema } from "effect"
import { AccountId } from "../../../src/domain/model/Account.ts"
import { DeviceId } from "../../../src/domain/model/Device.ts"
import type { Device } from "../../../src/domain/model/Device.ts"
import { SessionId } from "../../../src/domain/model/Session.ts"
import type { TokenSigner } from "../../../src/ports/TokenSigner.ts"
import { bitFlips, fragments, lastCharacters, otherSpellings } from "../../support/forgeries.ts"

export const DEVICE: Device = {
  id: DeviceId.make("dev_3w5e11264sgsf0000000r7x2k"),
  accountId: AccountId.make("acct_03ha9bmyzdi9cr25ikwig99xz"),
  signedInAt: DateTime.makeUnsafe("2026-03-01T12:00:00.123Z")
}

export type UseSigner = <A>(f: (signer: TokenSigner["Service"]) => Effect.Effect<A>) => Effect.Effect<A>

const Millis = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 36 ** 9 - 1 })))

const acceptedDevices = Effect.fnUntraced(function*(
  signer: TokenSigner["Service"],
  forgeries: ReadonlyArray<string>
) {
  const answers = yield* Effect.forEach(forgeries, (text) => signer.verifyDevice(Redacted.make(text)))
  return forgeries.filter((_, index) => Option.isSome(answers[index] ?? Option.none()))
})

export const devicePromises = (use: UseSigner): void => {
  it.effect.prop("the credential of every device names it, its account and the instant", {
    id: DeviceId,
    accountId: AccountId,
    millis: Millis
  }, ({ accountId, id, millis }) =>
    use(Effect.fnUntraced(function*(signer) {
      const device = { id, accountId, signedInAt: DateTime.makeUnsafe(millis) }
      const credential = yield* signer.signDevice(device)
      assert.match(Redacted.value(credential), /^[A-Za-z0-9._~-]{1,160}$/)
      assert.deepStrictEqual(yield* signer.verifyDevice(credential), Option.some(device))
      assert.strictEqual(Redacted.value(yield* signer.signDevice(device)), Redacted.value(credential))
    })))

  it.effect("[ASVS 9.1.1] a credential of a device with any one bit flipped, or spelled otherwise, is none", () =>
    use(Effect.fnUntraced(function*(signer) {
      const credential = Redacted.value(yield* signer.signDevice(DEVICE))
      const forgeries = [
        ...bitFlips(credential),
        ...otherSpellings(credential),
        ...lastCharacters(credential),
        ...fragments(credential),
        "",
        "a".repeat(100_000)
      ]
      assert.deepStrictEqual(yield* acceptedDevices(signer, forgeries), [])
    })))

  it.effect("[ASVS 9.1.2] a credential of a device is no token and no cursor, and neither is one", () =>
    use(Effect.fnUntraced(function*(signer) {
      const credential = Redacted.value(yield* signer.signDevice(DEVICE))
      const [kid = "", payload = "", tag = ""] = credential.split(".")
      for (const token of [credential, `${kid}.${payload.slice(0, 25)}.${tag}`]) {
        assert.deepStrictEqual(yield* signer.verifySession(Redacted.make(token)), Option.none())
      }
      assert.deepStrictEqual(yield* signer.verifyCursor("", credential), Option.none())
      const others = [
        Redacted.value(yield* signer.signSession(SessionId.make("ses_3w5e11264sgsf0000000r7x2k"))),
        yield* signer.signCursor("", payload)
      ]
      assert.deepStrictEqual(yield* acceptedDevices(signer, others), [])
    })))

  it.effect("a credential of a device does not show when it is printed", () =>
    use(Effect.fnUntraced(function*(signer) {
      const credential = yield* signer.signDevice(DEVICE)
      assert.notInclude(`${String(credential)} ${JSON.stringify(credential)}`, Redacted.value(credential))
    })))
}
