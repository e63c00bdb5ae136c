/**
 * Recognises the rows that most imports consist of: members that are known, with short texts of ASCII and no escapes.
 * That takes a tenth of the time in which their schema reads them. Any other row is left to the schema, so it alone
 * says what is wrong.
 */
import { DateTime, Option, Predicate, Schema } from "effect"
import { AccountId, AccountStatus } from "../domain/model/Account.ts"
import type { DisplayName } from "../domain/model/Account.ts"
import { isPlainEmail } from "../domain/model/Email.ts"
import type { Email } from "../domain/model/Email.ts"
import { IfExists } from "../domain/model/ImportRow.ts"
import type { ExternalId } from "../domain/model/ImportRow.ts"
import { instantText } from "../kernel/InstantText.ts"

/** What the schema makes of such a row. Only `created_at` isn't decoded yet. */
export interface PlainRow {
  readonly id?: AccountId
  readonly external_id?: ExternalId
  readonly email: Email
  readonly email_verified?: boolean
  readonly email_proven?: boolean
  readonly display_name: DisplayName
  readonly password_hash?: string
  readonly factors?: readonly []
  readonly status?: AccountStatus
  readonly created_at?: string
  readonly if_exists?: IfExists
  readonly updated_at?: string
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

/** Whether a line holds a plain row. `json` is what it is parsed to. */
export const isPlainRow = (line: string, json: unknown): json is PlainRow => {
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
