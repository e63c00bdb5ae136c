import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { ApiKeyId } from "../../../src/domain/model/ApiKey.ts"
import { ApiKeyStore } from "../../../src/ports/ApiKeyStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { anApiKey, anEvent } from "../../support/builders.ts"

export const apiKeyListPromises = <R>(it: Vitest.MethodsNonLive<R | ApiKeyStore | Directory>): void => {
  it.effect("every API key is listed once, by id, whatever the size of the parts", () =>
    Effect.gen(function*() {
      const { insert } = yield* ApiKeyStore
      const { listApiKeys } = yield* Directory
      const keys = Array.from({ length: 5 }, () => anApiKey())
      for (const apiKey of keys.toReversed()) yield* insert({ apiKey, commit: { audit: anEvent() } })
      for (const limit of [2, 5, 100]) {
        const listed = []
        let after = Option.none<ApiKeyId>()
        do {
          const part = yield* listApiKeys({ limit, after })
          assert.isAtMost(part.items.length, limit)
          listed.push(...part.items)
          after = part.next
        } while (Option.isSome(after))
        assert.deepStrictEqual(listed, keys)
      }
    }))
}
