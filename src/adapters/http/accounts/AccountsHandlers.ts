import { Effect } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { OwnAccount } from "../../../domain/accounts/OwnAccount.ts"
import { OwnRecords } from "../../../domain/accounts/OwnRecords.ts"
import { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import type { Account } from "../../../domain/model/Account.ts"
import { accountResource, NOTHING_PENDING } from "../../../resources/AccountResource.ts"
import { CurrentSession } from "../api/Authentication.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { EmailAlreadyExists, SessionRequired, VerificationRequired, VersionConflict } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import {
  confirmationRefusals,
  idempotencyConflicts,
  newPasswordRefusal,
  passwordRefusals,
  reauthentication,
  refuse,
  storeOutage
} from "../exchange/Refusals.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { isByCookie, presentedDevice } from "../sessions/PresentedCredentials.ts"
import { currentClient, signedOut, startedSessionResponse } from "../sessions/SessionResources.ts"
import { accountExportResponse } from "./AccountExport.ts"
import { AccountChange, AccountDeletion, NewAccount, PasswordChange } from "./AccountsApi.ts"
import { expectedVersion, versioned } from "./IfMatch.ts"

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "accounts",
  Effect.fnUntraced(function*(handlers) {
    const accounts = yield* Accounts
    const changes = yield* EmailChanges
    const own = yield* OwnAccount
    const ownRecords = yield* OwnRecords
    const origins = yield* AllowedOrigins

    const create = (
      payload: typeof NewAccount.Type,
      { headers }: RequestOf<typeof IdentityApi.groups.accounts, "create">
    ) =>
      accounts.create({
        email: payload.email,
        password: payload.password,
        displayName: payload.display_name,
        idempotencyKey: headers["idempotency-key"]
      }).pipe(
        Effect.flatMap(created),
        Effect.catchTags({
          ...passwordRefusals,
          ...newPasswordRefusal("/password"),
          ...idempotencyConflicts,
          EmailAlreadyExists: () => refuse(EmailAlreadyExists),
          VerificationRequired: () => refuse(VerificationRequired)
        })
      )

    const shown = (account: Account) =>
      Effect.map(changes.pendingOf([account]), (pending) => versioned(account, pending))

    const me = () => Effect.flatMap(CurrentSession, ({ account }) => shown(account)).pipe(Effect.catchTags(storeOutage))

    const exportAccount = Effect.fnUntraced(
      function*() {
        const caller = yield* CurrentSession
        const [data, pending] = [yield* ownRecords.read(caller), yield* changes.pendingOf([caller.account])]
        return accountExportResponse(caller.account, pending, data)
      },
      Effect.catchTags({ ...storeOutage, ...reauthentication })
    )

    const change = Effect.fnUntraced(
      function*(
        payload: typeof AccountChange.Type,
        { headers }: RequestOf<typeof IdentityApi.groups.accounts, "change">
      ) {
        const caller = yield* CurrentSession
        const account = yield* changes.changeAccount(caller, {
          expectedVersion: yield* expectedVersion(headers["if-match"], caller.account.version),
          email: payload.email,
          displayName: payload.display_name,
          currentPassword: payload.current_password
        })
        return yield* shown(account)
      },
      Effect.catchTags({
        ...confirmationRefusals,
        AccountNotFound: () => refuse(SessionRequired),
        EmailAlreadyExists: () => refuse(EmailAlreadyExists),
        VersionConflict: () => refuse(VersionConflict)
      })
    )

    const changePassword = Effect.fnUntraced(
      function*(payload: typeof PasswordChange.Type) {
        const [caller, device] = [yield* CurrentSession, yield* presentedDevice(origins)]
        const started = yield* own.changePassword(
          caller,
          { currentPassword: payload.current_password, newPassword: payload.new_password, device },
          yield* currentClient
        )
        return yield* startedSessionResponse(started, { status: 200, byCookie: yield* isByCookie })
      },
      Effect.catchTags({ ...confirmationRefusals, ...newPasswordRefusal("/new_password") })
    )

    const remove = ({ current_password }: typeof AccountDeletion.Type) =>
      CurrentSession.pipe(
        Effect.flatMap((caller) => own.delete(caller, current_password)),
        Effect.as(signedOut),
        Effect.catchTags(confirmationRefusals)
      )

    return handlers.handleAll({ me, exportAccount })
      .handleRaw("create", withPayload(NewAccount, create))
      .handleRaw("change", withPayload(AccountChange, change))
      .handleRaw("changePassword", withPayload(PasswordChange, changePassword))
      .handleRaw("delete", withPayload(AccountDeletion, remove))
  })
)

const created = (account: Account) =>
  Effect.map(
    CurrentRequest,
    ({ publicUrl }) =>
      HttpApiSchema.withHeaders({
        body: accountResource(account, NOTHING_PENDING),
        headers: { location: `${publicUrl}/accounts/me` }
      })
  )
