/** The lines of imports and exports: a JSON object each, in HTTP and on the command line. */
import { DateTime, Option, Result, Schema } from "effect"
import { AccountId, AccountStatus, DisplayName } from "../domain/model/Account.ts"
import { Email } from "../domain/model/Email.ts"
import { ExternalId, IfExists } from "../domain/model/ImportRow.ts"
import type { ExportedAccount, ImportRow, ReadRow, RowOutcome } from "../domain/model/ImportRow.ts"
import { instantText } from "../kernel/InstantText.ts"
import { jsonFault } from "../kernel/JsonText.ts"
import { exportedFactor, importedFactor, WrittenFactors } from "./ImportedFactors.ts"
import { storedInstant } from "./Instant.ts"
import { invalidMembers } from "./InvalidMembers.ts"
import { isPlainRow } from "./PlainRows.ts"
import type { PlainRow } from "./PlainRows.ts"

/** What an import takes. The last two are in exports, and an import ignores them. */
const ImportRowResource = Schema.Struct({
  id: Schema.optionalKey(AccountId),
  external_id: Schema.optionalKey(ExternalId),
  email: Email,
  email_verified: Schema.optionalKey(Schema.Boolean),
  email_proven: Schema.optionalKey(Schema.Boolean),
  display_name: DisplayName,
  password_hash: Schema.optionalKey(Schema.String),
  factors: Schema.optionalKey(WrittenFactors),
  status: Schema.optionalKey(AccountStatus),
  created_at: Schema.optionalKey(storedInstant("When it was created")),
  if_exists: Schema.optionalKey(IfExists),
  updated_at: Schema.optionalKey(Schema.String),
  factors_omitted: Schema.optionalKey(Schema.Int)
}).annotate({ identifier: "ImportRow", description: "An account to import" })

const decode = Schema.decodeUnknownResult(ImportRowResource, { onExcessProperty: "error", errors: "all" })

/** Reads a line, or says what is wrong with it. */
export const readImportRow = (line: string): ReadRow => {
  const json = parse(line)
  if (Option.isNone(json)) return Result.fail([NOT_JSON])
  if (isPlainRow(line, json.value)) {
    const { created_at } = json.value
    return Result.succeed(
      toImportRow(json.value, created_at === undefined ? undefined : DateTime.makeUnsafe(created_at))
    )
  }
  if (jsonFault(line) === "duplicate-members") return Result.fail([TWICE])
  return Result.mapBoth(decode(json.value), {
    onFailure: invalidMembers,
    onSuccess: (row) => toImportRow(row, row.created_at)
  })
}

const parse = Option.liftThrowable((line: string): unknown => JSON.parse(line))

/** The id that a line gives, even if the rest of it is wrong. */
export const externalIdIn = (line: string): ExternalId | undefined =>
  Option.getOrUndefined(Option.map(decodeExternalId(line), (row) => row.external_id))

const decodeExternalId = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ external_id: ExternalId }))
)

/** The error of a line that is no object. */
export const NOT_JSON = { pointer: "", detail: "must be a JSON object on one line" }

const TWICE = { pointer: "", detail: "must not have two members of the same name" }

const toImportRow = (
  row: PlainRow | typeof ImportRowResource.Type,
  createdAt: DateTime.Utc | undefined
): ImportRow => ({
  id: row.id,
  externalId: row.external_id,
  email: row.email,
  emailVerified: row.email_verified,
  emailProven: row.email_proven,
  displayName: row.display_name,
  passwordHash: row.password_hash,
  factors: row.factors?.map(importedFactor),
  status: row.status,
  createdAt,
  ifExists: row.if_exists
})

/** What became of the row in a line. */
export const outcomeResource = (
  { externalId, line }: { readonly line: number; readonly externalId: ExternalId | undefined },
  outcome: RowOutcome
) => ({
  line,
  external_id: externalId,
  outcome: outcome.outcome,
  ...(outcome.outcome === "refused" ? { errors: outcome.errors } : { id: outcome.id })
})

/** A line of an export, which an import takes. Without credentials it says how many factors it leaves out. */
export const exportedRow = (
  { account, externalId, factors, isProven, passwordHash }: ExportedAccount,
  withCredentials: boolean
) => ({
  id: account.id,
  external_id: externalId,
  email: account.email,
  email_verified: account.emailVerified,
  email_proven: isProven === account.emailVerified ? undefined : isProven,
  display_name: account.displayName,
  password_hash: withCredentials ? passwordHash : undefined,
  factors: withCredentials ? factors.map(exportedFactor) : undefined,
  factors_omitted: withCredentials || factors.length === 0 ? undefined : factors.length,
  status: account.status,
  created_at: instantText(account.createdAt),
  updated_at: instantText(account.updatedAt)
})
