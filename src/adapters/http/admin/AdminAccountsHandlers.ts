import { Array, Effect, Option } from "effect"
import type { DateTime } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { AccountDirectory } from "../../../domain/accounts/AccountDirectory.ts"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { AccountAdmission } from "../../../domain/admin/AccountAdmission.ts"
import { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import { Recoveries } from "../../../domain/challenges/Recoveries.ts"
import { Factors } from "../../../domain/enrolments/Factors.ts"
import type { Account, AccountId, AccountStatus } from "../../../domain/model/Account.ts"
import type { FactorId } from "../../../domain/model/Factor.ts"
import { PAGE_LIMIT_DEFAULT } from "../../../domain/model/Page.ts"
import { accountResource } from "../../../resources/AccountResource.ts"
import { challengeResource } from "../../../resources/ChallengeResource.ts"
import { factorResource } from "../../../resources/FactorResource.ts"
import { expectedVersion } from "../accounts/IfMatch.ts"
import type { PageQuery } from "../api/PageQuery.ts"
import { EmailAlreadyExists, NotFound, VersionConflict } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import {
  invalidCursor,
  invalidPassword,
  passwordRefusals,
  refuse,
  refuseInput,
  storeOutage,
  storeRefusal,
  tooManyAttempts
} from "../exchange/Refusals.ts"
import { AccountAmendment, Admission } from "./AdminAccountsApi.ts"
import { AdminApi } from "./AdminApi.ts"
import { linkToNext } from "./AdminLinks.ts"

interface ListQuery extends PageQuery {
  readonly email_prefix?: string
  readonly status?: AccountStatus
  readonly created_since?: DateTime.Utc
  readonly created_before?: DateTime.Utc
  readonly verified?: "true" | "false"
  readonly last_sign_in_before?: DateTime.Utc
}

interface OfAccount {
  readonly params: { readonly id: AccountId }
}

interface Conditional {
  readonly headers: { readonly "if-match"?: string }
}

export const layer = HttpApiBuilder.group(
  AdminApi,
  "accounts",
  Effect.fnUntraced(function*(handlers) {
    const accounts = yield* Accounts
    const directory = yield* AccountDirectory
    const admission = yield* AccountAdmission
    const recoveries = yield* Recoveries
    const factors = yield* Factors
    const { pendingOf } = yield* EmailChanges

    const versioned = (account: Account) =>
      Effect.map(pendingOf([account]), (pending) =>
        HttpApiSchema.withHeaders({
          body: accountResource(account, pending),
          headers: { etag: `"${account.version}"` }
        }))

    const list = Effect.fnUntraced(
      function*({ query }: { readonly query: ListQuery }) {
        const { after, limit = PAGE_LIMIT_DEFAULT } = query
        const filter = {
          emailPrefix: Option.fromUndefinedOr(query.email_prefix),
          status: Option.fromUndefinedOr(query.status),
          createdSince: Option.fromUndefinedOr(query.created_since),
          createdBefore: Option.fromUndefinedOr(query.created_before),
          verified: Option.map(Option.fromUndefinedOr(query.verified), (text) => text === "true"),
          lastSignInBefore: Option.fromUndefinedOr(query.last_sign_in_before)
        }
        const { items, next } = yield* directory.list(filter, { limit, after: Option.fromUndefinedOr(after) })
        const pending = yield* pendingOf(items)
        const body = {
          accounts: items.map((account) => accountResource(account, pending)),
          next: Option.getOrNull(next)
        }
        return HttpApiSchema.withHeaders({ body, headers: yield* linkToNext(next) })
      },
      Effect.catchTags({ ...storeRefusal, ...invalidCursor, SignInsForgotten: () => refuseInput([FORGOTTEN]) })
    )

    const get = ({ params }: OfAccount) =>
      Effect.flatMap(accounts.get(params.id), versioned).pipe(Effect.catchTags(noAccount))

    const create = Effect.fnUntraced(
      function*({ display_name, email, password, password_hash }: typeof Admission.Type) {
        const account = yield* admission.admit({
          email,
          displayName: display_name,
          credential: password !== undefined
            ? { _tag: "Password", password }
            : password_hash === undefined
            ? { _tag: "None" }
            : { _tag: "Hash", hash: password_hash }
        })
        const { body, headers } = yield* versioned(account)
        return HttpApiSchema.withHeaders({ body, headers: { ...headers, location: `/admin/accounts/${account.id}` } })
      },
      Effect.catchTags({
        ...passwordRefusals,
        EmailAlreadyExists: () => refuse(EmailAlreadyExists),
        PasswordHashRefused: ({ problem }) => refuseInput([{ pointer: "/password_hash", detail: problem }]),
        PasswordRejected: ({ refusals }) => refuseInput(Array.map(refusals, invalidPassword("/password")))
      })
    )

    const change = Effect.fnUntraced(
      function*(
        { display_name, email, email_verified }: typeof AccountAmendment.Type,
        { headers, params }: OfAccount & Conditional
      ) {
        const { version } = yield* accounts.get(params.id)
        const expected = yield* expectedVersion(headers["if-match"], version)
        const changes = { email, displayName: display_name, emailVerified: email_verified }
        return yield* versioned(yield* accounts.change(params.id, changes, expected))
      },
      Effect.catchTags({
        ...noAccount,
        ...storeRefusal,
        EmailAlreadyExists: () => refuse(EmailAlreadyExists),
        VersionConflict: () => refuse(VersionConflict)
      })
    )

    const remove = Effect.fnUntraced(
      function*({ headers, params }: OfAccount & Conditional) {
        const { version } = yield* accounts.get(params.id)
        yield* accounts.delete(params.id, yield* expectedVersion(headers["if-match"], version))
      },
      Effect.catchTags({ ...noAccount, VersionConflict: () => refuse(VersionConflict) })
    )

    const disable = ({ params }: OfAccount) =>
      Effect.flatMap(accounts.disable(params.id), versioned).pipe(Effect.catchTags(noAccount))

    const enable = ({ params }: OfAccount) =>
      Effect.flatMap(accounts.enable(params.id), versioned).pipe(Effect.catchTags(noAccount))

    const recover = ({ params }: OfAccount) =>
      accounts.get(params.id).pipe(
        Effect.flatMap(({ email }) => recoveries.start(email)),
        Effect.map(challengeResource),
        Effect.catchTags({ ...noAccount, ...tooManyAttempts })
      )

    const listFactors = ({ params }: OfAccount) =>
      accounts.get(params.id).pipe(
        Effect.flatMap(({ id }) => factors.list(id)),
        Effect.map((all) => ({ factors: all.map(factorResource) })),
        Effect.catchTags(noAccount)
      )

    const removeFactor = ({ params }: { readonly params: { readonly id: AccountId; readonly factor_id: FactorId } }) =>
      accounts.get(params.id).pipe(
        Effect.flatMap((account) => factors.removeAny(account, params.factor_id)),
        Effect.flatMap(({ length }) => length === 0 ? refuse(NotFound) : Effect.void),
        Effect.catchTags(noAccount)
      )

    return handlers.handleAll({ list, get, delete: remove, disable, enable, recover, listFactors, removeFactor })
      .handleRaw("create", withPayload(Admission, create))
      .handleRaw("change", withPayload(AccountAmendment, change))
  })
)

const FORGOTTEN = {
  pointer: "/last_sign_in_before",
  detail: "must not be older than the entries of the audit log, which the operator keeps for a limited time"
}

const noAccount = { ...storeOutage, AccountNotFound: () => refuse(NotFound) }
