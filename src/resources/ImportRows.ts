/** The lines of imports and exports: a JSON object each, in HTTP and on the command line. */
import { DateTime, Option, Predicate, Result, Schema } from "effect"
import { AccountId, AccountStatus, DisplayName } from "../domain/model/Account.ts"
import { Email, isPlainEmail } from "../domain/model/Email.ts"
import { ExternalId, IfExists } from "../domain/model/ImportRow.ts"
import type { ExportedAccount, ImportRow, ReadRow, RowOutcome } from "../domain/model/ImportRow.ts"
import { instantText } from "../kernel/InstantText.ts"
import { jsonFault } from "../kernel/JsonText.ts"
import { exportedFactor, importedFactor, WrittenFactors } from "./ImportedFactors.ts"
import { StoredInstant } from "./Instant.ts"
import { invalidMembers } from "./InvalidMembers.ts"

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
  created_at: Schema.optionalKey(StoredInstant),
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

/** What the schema makes of a plain row. Only `created_at` isn't decoded yet. */
type PlainRow = Omit<typeof ImportRowResource.Type, "created_at" | "factors" | "factors_omitted"> & {
  readonly factors?: readonly []
  readonly created_at?: string
}

const matches = (pattern: RegExp) => (value: unknown): boolean => Predicate.isString(value) && pattern.test(value)

/** Which values of a member are plain. */
const plainValues: ReadonlyMap<string, (value: unknown) => boolean> = new Map(
  Object.entries(
    {
      id: Schema.is(AccountId),
      external_id: matches(/^[ -~]{1,255}$/),
      email: (value) => Predicate.isString(value) && isPlainEmail(value),
      email_verified: Predicate.isBoolean,
      email_proven: Predicate.isBoolean,
      display_name: matches(/^[!-~](?:[ -~]{0,198}[!-~])?$/),
      password_hash: Predicate.isString,
      factors: (value) => Array.isArray(value) && value.length === 0,
      status: Schema.is(AccountStatus),
      created_at: (value) => Predicate.isString(value) && value > "0001" && isWrittenByUs(value),
      if_exists: Schema.is(IfExists),
      updated_at: Predicate.isString
    } satisfies Record<keyof PlainRow, (value: unknown) => boolean>
  )
)

const isWrittenByUs = (instant: string): boolean =>
  Option.exists(DateTime.make(instant), (at) => instantText(at) === instant)

/**
 * Whether a line holds a row like those that most imports consist of: members that are known, with short texts of ASCII
 * and no escapes. Recognising it takes a tenth of the time in which the schema reads it. Any other row is left to the
 * schema, so it alone says what is wrong. `json` is what the line is parsed to.
 */
const isPlainRow = (line: string, json: unknown): json is PlainRow => {
  if (!Predicate.isReadonlyObject(json) || !("email" in json) || !("display_name" in json)) return false
  let texts = 0
  for (const name of Object.keys(json)) {
    const value = json[name]
    if (plainValues.get(name)?.(value) !== true) return false
    texts += Predicate.isString(value) ? 2 : 1
  }
  // More quotes would be of a member that has another one's name, which the parser has dropped.
  return quotesIn(line) === 2 * texts && !line.includes("\\")
}

const quotesIn = (line: string): number => {
  let count = 0
  for (let at = line.indexOf("\""); at !== -1; at = line.indexOf("\"", at + 1)) count += 1
  return count
}

const toImportRow = (
  row: Omit<typeof ImportRowResource.Type, "created_at">,
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
