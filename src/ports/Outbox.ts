/**
 * Mails that wait to be sent, and what became of the others.
 *
 * A mail is queued by the mutation that it is about (`mails` of a `Commit`), so neither exists without the other. Then
 * it is claimed, sent, and settled. A claim counts the attempt before anything is sent, and ends by itself. So a node
 * that dies loses no mail, and a mail that kills every node that renders it doesn't stay the first for ever.
 *
 * A mail is never claimed twice at the same time. It may be sent twice if a node dies between the mail server's answer
 * and `settle`.
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { Mail, MailId } from "../domain/model/Mail.ts"

export interface MailClaim {
  readonly now: DateTime.Utc
  /** When the claim ends. A process that hasn't settled the mail by then has lost it. */
  readonly until: DateTime.Utc
  /** At least 1. */
  readonly limit: number
}

/** The end of an attempt. Reasons are short, and contain no secret. */
export type MailOutcome =
  | { readonly _tag: "Sent" }
  /** The mail server will never accept this mail. */
  | { readonly _tag: "Refused"; readonly reason: string }
  /** The attempt failed, or nobody knows what became of it. */
  | { readonly _tag: "Failed"; readonly reason: string; readonly nextAttemptAt: DateTime.Utc }

export interface MailSettlement {
  readonly id: MailId
  /** The number of the attempt, as the claim returned it. */
  readonly attempt: number
  readonly now: DateTime.Utc
  readonly outcome: MailOutcome
}

export class Outbox extends Context.Service<Outbox, {
  /**
   * Claims mails whose next attempt is due, the longest due first, and returns them with the new attempt counted. Mails
   * past their `giveUpAt` are left alone. If many claim at the same time, each mail goes to one of them.
   */
  readonly claim: (claim: MailClaim) => Effect.Effect<ReadonlyArray<Mail>, StoreUnavailable>

  /**
   * Notes the outcome of an attempt and ends its claim. Does nothing if the mail has been claimed again since, or
   * doesn't wait any more. Returns whether it noted the outcome.
   */
  readonly settle: (settlement: MailSettlement) => Effect.Effect<boolean, StoreUnavailable>

  /**
   * Marks mails past their `giveUpAt` as expired, up to `limit`, and returns them. Claimed ones are left until their
   * claim ends.
   */
  readonly expire: (input: {
    readonly now: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<Mail>, StoreUnavailable>

  /**
   * Makes the next attempt of waiting mails due at `now`, and lets refused mails wait again that are still of use.
   * Changes up to `limit` mails and returns how many; fewer than `limit` means that none is left. Claims go on.
   */
  readonly retry: (input: {
    readonly now: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<number, StoreUnavailable>

  readonly find: (id: MailId) => Effect.Effect<Option.Option<Mail>, StoreUnavailable>
}>()("identityd/ports/Outbox") {}
