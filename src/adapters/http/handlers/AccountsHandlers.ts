import { Array, Effect } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import type { Account } from "../../../domain/model/Account.ts"
import type { PasswordRefusal } from "../../../domain/model/IdentityErrors.ts"
import { Accounts } from "../../../domain/services/Accounts.ts"
import type { AccountResource, NewAccount } from "../api/AccountsApi.ts"
import { CurrentSession } from "../api/Authentication.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { EmailAlreadyExists } from "../api/Problems.ts"
import { hashingOutage, refuse, refuseInput, storeOutage } from "../Refusals.ts"

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "accounts",
  Effect.fnUntraced(function*(handlers) {
    const accounts = yield* Accounts

    const create = ({ payload }: { readonly payload: typeof NewAccount.Type }) =>
      accounts.create({ email: payload.email, password: payload.password, displayName: payload.display_name }).pipe(
        Effect.map((account) =>
          HttpApiSchema.withHeaders({ body: accountResource(account), headers: { location: "/accounts/me" } })
        ),
        Effect.catchTags({
          ...storeOutage,
          ...hashingOutage,
          EmailAlreadyExists: () => refuse(EmailAlreadyExists),
          PasswordRejected: ({ refusals }) => refuseInput(Array.map(refusals, invalidPassword))
        })
      )

    const me = () =>
      Effect.map(
        CurrentSession,
        ({ account }) =>
          HttpApiSchema.withHeaders({ body: accountResource(account), headers: { etag: `"${account.version}"` } })
      )

    return handlers.handleAll({ create, me })
  })
)

const accountResource = (account: Account): typeof AccountResource.Type => ({
  id: account.id,
  email: account.email,
  email_verified: account.emailVerified,
  display_name: account.displayName,
  status: account.status,
  created_at: account.createdAt,
  updated_at: account.updatedAt,
  version: account.version
})

const invalidPassword = ({ lengthMin }: PasswordRefusal) => ({
  pointer: "/password",
  detail: `must be at least ${lengthMin} characters`
})
