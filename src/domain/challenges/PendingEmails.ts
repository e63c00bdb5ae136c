import { Array, DateTime, Effect } from "effect"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import type { Account, AccountId } from "../model/Account.ts"
import type { Email } from "../model/Email.ts"

/** How many accounts the store is asked about at once. */
const PENDING_AT_ONCE = 100

/** Finds the emails that accounts get when they are confirmed: those of live challenges with current credentials. */
export const makePendingEmails = Effect.map(
  ChallengeStore,
  (store) =>
    Effect.fn("EmailChanges.pendingOf")(function*(shown: ReadonlyArray<Account>) {
      const epochs = new Map(shown.map(({ credentialEpoch, id }) => [id, credentialEpoch]))
      const now = yield* DateTime.now
      const found = yield* Effect.forEach(
        Array.chunksOf(epochs.keys(), PENDING_AT_ONCE),
        (accountIds) => store.findOfAccounts({ purpose: "email-change", accountIds, now })
      )
      const pending = new Map<AccountId, Email>()
      for (const { accountId, credentialEpoch, email } of found.flat()) {
        if (accountId !== undefined && epochs.get(accountId) === credentialEpoch) pending.set(accountId, email)
      }
      return pending
    })
)
