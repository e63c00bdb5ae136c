/** What a server says of settings that don't fit what is stored, before and after the database answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import { ensureFit } from "../../bin/keys.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { SealedSecrets } from "../../src/domain/upkeep/SealedSecrets.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"

/** The start of a server for example.com over passkeys of example.org, and what it has logged. */
const starting = (first: Effect.Effect<ReadonlyArray<{ id: number; name: string }>, StoreUnavailable>) => {
  const lines: Array<string> = []
  let looks = 0
  const start = ensureFit({ IDENTITY_PASSKEY_RP_ID: "example.com" }).pipe(
    Effect.provide([
      Layer.mock(SchemaMigrator, { pending: Effect.suspend(() => looks++ === 0 ? first : Effect.succeed([])) }),
      Layer.mock(Directory, { otherRelyingParty: () => Effect.succeed(Option.some("example.org")) }),
      Layer.mock(SealedSecrets, { missingKeys: Effect.succeed(["e1"]) }),
      Layer.mock(TokenSigner, { keyIds: ["k1"] }),
      Logger.layer([Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))])
    ])
  )
  return { lines, start }
}

const SENTENCE =
  /^IDENTITY_ENCRYPTION_KEYS lacks the key e1, by .* IDENTITY_PASSKEY_RP_ID must be example\.org, because .*\.$/

describe("settings that don't fit what is stored", () => {
  it.effect("keep a server from starting", () =>
    Effect.gen(function*() {
      const refused = yield* Effect.flip(starting(Effect.succeed([])).start)
      assert.match(refused.message, SENTENCE)
    }))

  it.effect.each([
    { when: "can't be asked yet", first: Effect.fail(new StoreUnavailable({})) },
    { when: "has no schema yet", first: Effect.succeed([{ id: 1, name: "create_accounts" }]) }
  ])("are told of in the log where the database $when, as soon as it answers", ({ first }) =>
    Effect.gen(function*() {
      const { lines, start } = starting(first)
      yield* start
      assert.deepStrictEqual(lines, [])
      yield* TestClock.adjust("2 seconds")
      assert.lengthOf(lines, 1)
      assert.match(lines[0] ?? "", SENTENCE)
    }))
})
