/**
 * The contract of challenge stores. Each sentence in the port's documentation has a test here.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { AccountStore } from "../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../src/ports/AuditLog.ts"
import type { ChallengeStore } from "../../src/ports/ChallengeStore.ts"
import type { Outbox } from "../../src/ports/Outbox.ts"
import type { SessionStore } from "../../src/ports/SessionStore.ts"
import { challengeAnswerPromises } from "./challenge-store/answers.ts"
import { challengePromises } from "./challenge-store/challenges.ts"

export const challengeStoreContract = <E>(
  name: string,
  stores: Layer.Layer<AccountStore | AuditLog | ChallengeStore | Outbox | SessionStore, E>
): void => {
  layer(stores)(`${name} challenge store`, (it) => {
    describe("challenges", () => challengePromises(it))
    describe("answers", () => challengeAnswerPromises(it))
  })
}
