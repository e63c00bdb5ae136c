/** Creates accounts, once for each request. */
import { DateTime, Effect, Metric, Redacted, Schema } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { Account, AccountId } from "../model/Account.ts"
import type { DisplayName } from "../model/Account.ts"
import { Caller, onBehalfOf } from "../model/Caller.ts"
import type { Email } from "../model/Email.ts"
import type { IdempotencyKey } from "../model/Idempotency.ts"
import { VerificationRequired } from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import { Idempotency } from "../requests/Idempotency.ts"
import type { Complete } from "../requests/Idempotency.ts"
import { EmailVerificationPolicy, lacksVerification } from "../sessions/EmailVerificationPolicy.ts"
import { accountsCreated } from "../telemetry/IdentityMetrics.ts"

export interface NewAccount {
  readonly email: Email
  readonly password: Password
  readonly displayName: DisplayName
  readonly idempotencyKey?: IdempotencyKey | undefined
}

/** The facts that a creation adds to its request. Together they give the account as it was created. */
const Creation = Schema.Struct({ id: AccountId, createdAt: Schema.DateTimeUtcFromMillis })
type Creation = typeof Creation.Type

const encodeCreation = (creation: Creation) =>
  Effect.orDie(Schema.encodeEffect(Schema.fromJsonString(Creation))(creation))

const decodeCreation = (answer: string) => Effect.orDie(Schema.decodeEffect(Schema.fromJsonString(Creation))(answer))

/** An account that nothing has happened to. */
export const newAccount = (
  { displayName, email }: Pick<Account, "displayName" | "email">,
  { createdAt, id }: Creation,
  emailVerified = false
): Account =>
  Account.make({
    id,
    email,
    emailVerified,
    displayName,
    status: "active",
    version: 1,
    sessionEpoch: 0,
    credentialEpoch: 0,
    createdAt,
    updatedAt: createdAt
  })

/** What `Accounts.create` does. */
export const makeCreate = Effect.gen(function*() {
  const store = yield* AccountStore
  const ids = yield* IdGenerator
  const passwords = yield* PasswordAuthentication
  const trail = yield* AuditTrail
  const idempotency = yield* Idempotency
  const limits = yield* GuessLimits
  const verification = yield* EmailVerificationPolicy

  const create = Effect.fn("Accounts.create")(function*(input: NewAccount) {
    const { actor } = yield* Caller
    const isByOperator = actor.type === "admin" || actor.type === "api_key"
    if (!isByOperator && lacksVerification(verification, { emailVerified: false })) {
      return yield* new VerificationRequired()
    }
    return yield* createUnverified(input)
  })

  const createUnverified = (input: NewAccount) =>
    passwords.holdPlace(input.email)(limits.signUp(
      input.email,
      idempotency.once(
        {
          operation: "create-account",
          key: input.idempotencyKey,
          content: () => JSON.stringify([input.email, Redacted.value(input.password), input.displayName])
        },
        (complete) => insert(input, complete),
        (answer) => Effect.map(decodeCreation(answer), (creation) => newAccount(input, creation))
      )
    ))

  const insert = Effect.fnUntraced(function*(input: NewAccount, complete: Complete) {
    const passwordHash = yield* passwords.hashNew(input.password, input)
    const creation = { id: yield* ids.accountId, createdAt: yield* DateTime.now }
    const account = newAccount(input, creation)
    const created = trail.commit({ action: "account.created", accountId: account.id })
    const commit = yield* onBehalfOf(account.id)(created)
    yield* store.insertAccount({
      account,
      passwordHash,
      commit: { ...commit, ...complete(yield* encodeCreation(creation)) }
    }).pipe(Effect.catchTag("PreconditionFailed", Effect.die))
    yield* Effect.annotateCurrentSpan({ "account.id": account.id })
    yield* Metric.update(accountsCreated, 1)
    return account
  })

  return create
})
