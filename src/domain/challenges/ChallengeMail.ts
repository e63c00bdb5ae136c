import { Effect, Option } from "effect"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import type { Account } from "../model/Account.ts"
import type { Challenge } from "../model/Challenge.ts"
import { waitingMail, withheldMail } from "../model/Mail.ts"
import type { MailPurpose } from "../model/Mail.ts"

/** Purposes whose mail goes to addresses without an account. */
const forStrangers: ReadonlySet<MailPurpose> = new Set(["sign-up"])

/** Purposes whose mail goes to the address that was asked for, whatever the account's is. */
const toAsked: ReadonlySet<MailPurpose> = new Set(["email-change"])

/**
 * Makes the mail of a challenge. It goes to the address of the account, as its holder wrote it: a lookalike that was
 * asked for might be another mailbox. A change of email is confirmed from the new address. If the account is gone or
 * never was, the mail is written and withheld.
 */
export const makeChallengeMail = Effect.map(
  IdGenerator,
  (ids) =>
    Effect.fnUntraced(function*(challenge: Challenge, purpose: MailPurpose, account: Option.Option<Account>) {
      const mail = waitingMail({
        id: yield* ids.mailId,
        purpose,
        to: toAsked.has(purpose)
          ? challenge.email
          : Option.match(account, { onNone: () => challenge.email, onSome: ({ email }) => email }),
        accountId: challenge.accountId,
        challengeId: challenge.id,
        language: undefined,
        details: Option.match(account, { onNone: () => ({}), onSome: ({ displayName }) => ({ displayName }) }),
        queuedAt: challenge.createdAt,
        giveUpAt: challenge.expiresAt
      })
      return Option.isNone(account) && !forStrangers.has(purpose) ? withheldMail(mail) : mail
    })
)
