import type { Account } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { ExternalId } from "../../../src/domain/model/ImportRow.ts"
import type { AccountPrecondition } from "../../../src/ports/AccountStore.ts"
import type { NewImport } from "../../../src/ports/AccountTransfer.ts"
import type { StoredFactor } from "../../../src/ports/FactorStore.ts"
import { anAccount, anAccountId, anEvent, aPasswordHash } from "../../support/builders.ts"

export const anExternalId = () => ExternalId.make(`external ${anAccountId()}`)

export const anImport = (
  account: Account = anAccount(),
  externalId: ExternalId | undefined = anExternalId(),
  factors: ReadonlyArray<StoredFactor> = []
): NewImport => ({
  account,
  emailKey: emailKey(account.email),
  passwordHash: aPasswordHash("imported"),
  isProven: account.emailVerified,
  externalId,
  imported: "mark 1",
  factors,
  audit: anEvent({ action: "account.created", account })
})

export const EXISTS: AccountPrecondition = { _tag: "Exists" }
