/**
 * The list of all accounts, for operators. A store without a directory has none.
 */
import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { Directory } from "../../ports/Directory.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditRetention } from "../audit/AuditRetention.ts"
import { AccountId } from "../model/Account.ts"
import type { Account, AccountStatus } from "../model/Account.ts"
import { EmailKey, emailKeyPrefix } from "../model/Email.ts"
import { SignInsForgotten } from "../model/IdentityErrors.ts"
import type { InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import { loadPage } from "../paging/Paging.ts"

export interface AccountFilter {
  /** Matched against canonical email keys, after the same folding. */
  readonly emailPrefix: Option.Option<string>
  readonly status: Option.Option<AccountStatus>
  readonly createdSince: Option.Option<DateTime.Utc>
  readonly createdBefore: Option.Option<DateTime.Utc>
  readonly verified: Option.Option<boolean>
  /** Only accounts created before this instant to which nobody has signed in since. */
  readonly lastSignInBefore: Option.Option<DateTime.Utc>
}

export class AccountDirectory extends Context.Service<AccountDirectory, {
  /**
   * Lists accounts by creation or, with an email prefix, by email. Fails with `SignInsForgotten` if sign-ins since
   * `lastSignInBefore` aren't in the audit log any more, because it would then list people who have signed in.
   */
  readonly list: (
    filter: AccountFilter,
    page: PageRequest
  ) => Effect.Effect<Page<Account>, InvalidCursor | SignInsForgotten | StoreUnavailable>
}>()("identityd/domain/accounts/AccountDirectory") {
  static readonly layer = Layer.effect(
    AccountDirectory,
    Effect.gen(function*() {
      const directory = yield* Directory
      const signer = yield* TokenSigner
      const retention = yield* AuditRetention

      const list = Effect.fn("AccountDirectory.list")(function*(filter: AccountFilter, page: PageRequest) {
        if (retention !== undefined && Option.isSome(filter.lastSignInBefore)) {
          const known = DateTime.subtractDuration(yield* DateTime.now, retention)
          if (DateTime.isLessThan(filter.lastSignInBefore.value, known)) {
            return yield* new SignInsForgotten({ retention })
          }
        }
        const emailPrefix = Option.map(filter.emailPrefix, emailKeyPrefix)
        return yield* loadPage(signer, {
          name: JSON.stringify([
            "accounts",
            Option.getOrNull(emailPrefix),
            Option.getOrNull(filter.status),
            Option.getOrNull(Option.map(filter.createdSince, DateTime.toEpochMillis)),
            Option.getOrNull(Option.map(filter.createdBefore, DateTime.toEpochMillis)),
            Option.getOrNull(filter.verified),
            Option.getOrNull(Option.map(filter.lastSignInBefore, DateTime.toEpochMillis))
          ]),
          position: Position,
          load: (limit, after) => directory.listAccounts({ ...filter, limit, after, emailPrefix })
        }, page)
      })

      return AccountDirectory.of({ list })
    })
  )
}

const Position = Schema.fromJsonString(
  Schema.Struct({ createdAt: Schema.Finite, id: AccountId, emailKey: EmailKey })
)
