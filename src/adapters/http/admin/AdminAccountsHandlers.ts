import { Effect, Option } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { AccountDirectory } from "../../../domain/accounts/AccountDirectory.ts"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { AccountAdmission } from "../../../domain/admin/AccountAdmission.ts"
import { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import { Recoveries } from "../../../domain/challenges/Recoveries.ts"
import { Factors } from "../../../domain/enrolments/Factors.ts"
import type { Account } from "../../../domain/model/Account.ts"
import { accountResource } from "../../../resources/AccountResource.ts"
import { challengeResource } from "../../../resources/ChallengeResource.ts"
import { factorResource } from "../../../resources/FactorResource.ts"
import { expectedVersion, versioned } from "../accounts/IfMatch.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { pageIn } from "../api/PageQuery.ts"
import { EmailAlreadyExists, NotFound, VersionConflict } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import {
  invalidCursor,
  newPasswordRefusal,
  passwordRefusals,
  refuse,
  refuseInput,
  storeOutage,
  storeRefusal,
  storeRefusalAt,
  tooManyAttempts
} from "../exchange/Refusals.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { AccountAmendment, Admission } from "./AdminAccountsApi.ts"
import { AdminApi } from "./AdminApi.ts"
import { pageAnswer } from "./AdminPages.ts"

type Group = typeof AdminApi.groups.accounts

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

    const shown = (account: Account) => Effect.map(pendingOf([account]), (pending) => versioned(account, pending))

    const listAccounts = Effect.fnUntraced(
      function*({ query }: RequestOf<Group, "listAccounts">) {
        const filter = {
          emailPrefix: Option.fromUndefinedOr(query.email_prefix),
          status: Option.fromUndefinedOr(query.status),
          createdSince: Option.fromUndefinedOr(query.created_since),
          createdBefore: Option.fromUndefinedOr(query.created_before),
          verified: Option.map(Option.fromUndefinedOr(query.verified), (text) => text === "true"),
          lastSignInBefore: Option.fromUndefinedOr(query.last_sign_in_before)
        }
        const { items, next } = yield* directory.list(filter, pageIn(query))
        const pending = yield* pendingOf(items)
        return yield* pageAnswer({ accounts: items.map((account) => accountResource(account, pending)) }, next)
      },
      Effect.catchTags({
        ...storeRefusalAt("/email_prefix"),
        ...invalidCursor,
        SignInsForgotten: () => refuseInput([FORGOTTEN])
      })
    )

    const answer = (account: ReturnType<typeof accounts.get>) =>
      Effect.flatMap(account, shown).pipe(Effect.catchTags(noAccount))

    const getAccount = ({ params }: RequestOf<Group, "getAccount">) => answer(accounts.get(params.id))

    const admitAccount = Effect.fnUntraced(
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
        const { body, headers } = yield* shown(account)
        const location = `${(yield* CurrentRequest).ownUrl}/admin/accounts/${account.id}`
        return HttpApiSchema.withHeaders({ body, headers: { ...headers, location } })
      },
      Effect.catchTags({
        ...passwordRefusals,
        ...newPasswordRefusal("/password"),
        EmailAlreadyExists: () => refuse(EmailAlreadyExists),
        PasswordHashRefused: ({ problem }) => refuseInput([{ pointer: "/password_hash", detail: problem }])
      })
    )

    const changeAccount = Effect.fnUntraced(
      function*(
        { display_name, email, email_verified }: typeof AccountAmendment.Type,
        { headers, params }: RequestOf<Group, "changeAccount">
      ) {
        const { version } = yield* accounts.get(params.id)
        const expected = yield* expectedVersion(headers["if-match"], version)
        const changes = { email, displayName: display_name, emailVerified: email_verified }
        return yield* shown(yield* accounts.change(params.id, changes, expected))
      },
      Effect.catchTags({
        ...noAccount,
        ...storeRefusal,
        EmailAlreadyExists: () => refuse(EmailAlreadyExists),
        VersionConflict: () => refuse(VersionConflict)
      })
    )

    const deleteAccount = Effect.fnUntraced(
      function*({ headers, params }: RequestOf<Group, "deleteAccount">) {
        const { version } = yield* accounts.get(params.id)
        yield* accounts.delete(params.id, yield* expectedVersion(headers["if-match"], version))
      },
      Effect.catchTags({ ...noAccount, VersionConflict: () => refuse(VersionConflict) })
    )

    const disableAccount = ({ params }: RequestOf<Group, "disableAccount">) => answer(accounts.disable(params.id))

    const enableAccount = ({ params }: RequestOf<Group, "enableAccount">) => answer(accounts.enable(params.id))

    const startRecoveryOf = ({ params }: RequestOf<Group, "startRecoveryOf">) =>
      accounts.get(params.id).pipe(
        Effect.flatMap(({ email }) => recoveries.start(email)),
        Effect.map(challengeResource),
        Effect.catchTags({ ...noAccount, ...tooManyAttempts })
      )

    const listFactorsOf = ({ params }: RequestOf<Group, "listFactorsOf">) =>
      accounts.get(params.id).pipe(
        Effect.flatMap(({ id }) => factors.list(id)),
        Effect.map((all) => ({ factors: all.map(factorResource) })),
        Effect.catchTags(noAccount)
      )

    const removeFactorOf = ({ params }: RequestOf<Group, "removeFactorOf">) =>
      accounts.get(params.id).pipe(
        Effect.flatMap((account) => factors.removeAny(account, params.factor_id)),
        Effect.flatMap(({ length }) => length === 0 ? refuse(NotFound) : Effect.void),
        Effect.catchTags(noAccount)
      )

    return handlers.handleAll({ listAccounts, getAccount, deleteAccount, disableAccount, enableAccount })
      .handleAll({ startRecoveryOf, listFactorsOf, removeFactorOf })
      .handleRaw("admitAccount", withPayload(Admission, admitAccount))
      .handleRaw("changeAccount", withPayload(AccountAmendment, changeAccount))
  })
)

const FORGOTTEN = {
  pointer: "/last_sign_in_before",
  detail: "must not be older than the entries of the audit log, which the operator keeps for a limited time"
}

const noAccount = { ...storeOutage, AccountNotFound: () => refuse(NotFound) }
