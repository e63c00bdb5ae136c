import { DateTime, Effect, Option } from "effect"
import { ApiKey } from "../../domain/model/ApiKey.ts"
import { ApiKeyStore } from "../../ports/ApiKeyStore.ts"
import { carryOut } from "./MemoryCommits.ts"
import { atOnce } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): ApiKeyStore["Service"] =>
  ApiKeyStore.of({
    insert: atOnce(({ apiKey, commit }) => {
      state.apiKeys.set(apiKey.id, apiKey)
      carryOut(state, commit)
    }),

    find: (id) => Effect.sync(() => Option.fromUndefinedOr(state.apiKeys.get(id))),

    roll: atOnce(({ commit, id, ...issued }) => {
      const found = state.apiKeys.get(id)
      if (found === undefined) return Option.none()
      const rolled = ApiKey.make({ ...found, ...issued, previousDigest: found.digest })
      state.apiKeys.set(id, rolled)
      carryOut(state, commit)
      return Option.some(rolled)
    }),

    noteUse: atOnce(({ id, lastUsedAt, unlessUsedSince }) => {
      const found = state.apiKeys.get(id)
      if (found === undefined) return
      const isNoted = found.lastUsedAt !== undefined && DateTime.isGreaterThan(found.lastUsedAt, unlessUsedSince)
      if (!isNoted) state.apiKeys.set(id, ApiKey.make({ ...found, lastUsedAt }))
    }),

    remove: atOnce(({ commit, id }) => {
      if (!state.apiKeys.delete(id)) return false
      carryOut(state, commit)
      return true
    })
  })
