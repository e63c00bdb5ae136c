/**
 * Decides what becomes of a row of an import, from the accounts that have one of its keys.
 *
 * The mark of an account says what the last import brought: a digest of each member. A row with the same mark brings
 * nothing new, whatever the holder has changed since. An update brings only the members that differ from the mark.
 */
import type { AccountUpdate } from "../../ports/AccountStore.ts"
import type { AccountMark, KnownAccount } from "../../ports/AccountTransfer.ts"
import type { Account, AccountId } from "../model/Account.ts"
import type { AccountPart } from "../model/Audit.ts"
import type { EmailKey } from "../model/Email.ts"
import type { Factor, FactorId } from "../model/Factor.ts"
import type { ExternalId, IfExists, ImportRow, RowError } from "../model/ImportRow.ts"
import type { PasswordHash } from "../model/Password.ts"
import {
  areSameMarks,
  asNoted,
  broughtFactors,
  changeFactors,
  credentialIdOf,
  notedFactors
} from "./ImportedFactors.ts"
import type { PreparedFactor } from "./ImportedFactors.ts"

/** A row whose hash and factors have been examined. */
export interface PreparedRow extends Omit<ImportRow, "factors" | "passwordHash"> {
  readonly emailKey: EmailKey
  readonly passwordHash: PasswordHash | undefined
  readonly factors: ReadonlyArray<PreparedFactor> | undefined
  /** A digest of each member that the row has. */
  readonly mark: string
  readonly ifExists: IfExists
}

const MEMBERS = ["email", "emailVerified", "displayName", "passwordHash", "status", "factors"] as const

type Members = Readonly<Partial<Record<typeof MEMBERS[number], string | undefined>>>

/** The mark of a row. `digest` makes at least 16 characters of a text. */
export const markOfRow = (
  row: ImportRow,
  factors: ReadonlyArray<PreparedFactor> | undefined,
  digest: (text: string) => string
): string =>
  markOf({
    email: digest(row.email).slice(0, 16),
    emailVerified: row.emailVerified === undefined ? undefined : row.emailVerified ? "t" : "f",
    displayName: digest(row.displayName).slice(0, 16),
    passwordHash: row.passwordHash === undefined ? undefined : digest(row.passwordHash).slice(0, 16),
    status: row.status,
    factors: factors === undefined ? undefined : broughtFactors(factors)
  })

/** Most have no factors, and earlier releases made them without a place for them. */
const markOf = (
  { displayName = "-", email = "-", emailVerified = "-", factors, passwordHash = "-", status = "-" }: Members
): string => {
  const mark = `${email} ${emailVerified} ${displayName} ${passwordHash} ${status}`
  return factors === undefined ? mark : `${mark} ${factors}`
}

const membersIn = (mark: string | undefined): Members => {
  const texts = (mark ?? "").split(" ")
  return Object.fromEntries(
    MEMBERS.flatMap((member, index) => {
      const text = texts[index]
      return text === undefined || text === "" || text === "-" ? [] : [[member, text]]
    })
  )
}

/** What makes two rows rows of the same account. */
export const nameOf = ({ emailKey, externalId }: Pick<PreparedRow, "emailKey" | "externalId">): string =>
  externalId === undefined ? `email ${emailKey}` : `external ${externalId}`

/** What no other account may have. */
export const keysOf = ({ emailKey, externalId, factors = [], id }: PreparedRow): ReadonlyArray<string> => {
  const keys = [`email ${emailKey}`]
  if (externalId !== undefined) keys.push(`external ${externalId}`)
  if (id !== undefined) keys.push(`id ${id}`)
  for (const factor of factors) keys.push(`factor ${factor.id}`, `credential ${credentialIdOf(factor) ?? factor.id}`)
  return keys
}

/** The accounts that have a row's keys. */
export interface Known {
  readonly byId: KnownAccount | undefined
  readonly byExternalId: KnownAccount | undefined
  readonly byEmail: KnownAccount | undefined
  /** Those with a key of the row's factors, and those of these accounts. Only read for rows with factors. */
  readonly factors: ReadonlyArray<Factor>
}

export type Decision =
  | { readonly _tag: "Create" }
  | { readonly _tag: "Keep"; readonly id: AccountId; readonly marks: ReadonlyArray<AccountMark> }
  | { readonly _tag: "Refuse"; readonly errors: ReadonlyArray<RowError> }
  | {
    readonly _tag: "Update"
    /** As it is before. */
    readonly account: Account
    readonly changes: Pick<AccountUpdate, "displayName" | "email" | "emailVerified" | "passwordHash" | "status">
    readonly addFactors: ReadonlyArray<PreparedFactor>
    readonly removeFactors: ReadonlyArray<FactorId>
    readonly changed: ReadonlyArray<AccountPart>
    readonly externalId: ExternalId | undefined
    readonly imported: string
  }

const CREATE: Decision = { _tag: "Create" }

const refuse = (pointer: string, detail: string): Decision => ({ _tag: "Refuse", errors: [{ pointer, detail }] })

export const decide = (given: PreparedRow, known: Known): Decision => {
  const account = known.byId ?? known.byExternalId ?? known.byEmail
  if (account === undefined) {
    if (given.factors === undefined) return CREATE
    const brought = changeFactors(given.factors, undefined, [], known.factors)
    return "errors" in brought ? { _tag: "Refuse", errors: brought.errors } : CREATE
  }
  const row = withNotedFactors(given, account)
  const { id } = account.account
  if (row.id !== undefined && row.id !== id) {
    return refuse("/id", `differs from that of the account with this ${known.byExternalId ? "external_id" : "email"}`)
  }
  if (known.byExternalId !== undefined && known.byExternalId.account.id !== id) {
    return refuse("/external_id", "belongs to another account than the id")
  }
  const isNew = row.externalId !== undefined && account.externalId === undefined
  if (row.externalId !== undefined && !isNew && row.externalId !== account.externalId) {
    return refuse("/external_id", "differs from that of the account with this id or email")
  }
  if (account.imported !== undefined && areSameMarks(account.imported, row.mark) && !isNew) {
    return { _tag: "Keep", id, marks: [] }
  }
  if (row.ifExists === "skip") return { _tag: "Keep", id, marks: [] }
  if (row.ifExists === "update") return update(row, account, known, isNew)
  if (!isNew && isCurrent(row, account, known.factors)) return keepAndMark(row, account)
  const pointer = known.byId ? "/id" : known.byExternalId ? "/external_id" : "/email"
  return refuse(pointer, "belongs to an account that exists, and differs from what was imported of it")
}

const withNotedFactors = (row: PreparedRow, { imported }: KnownAccount): PreparedRow => {
  if (row.factors === undefined || row.factors.length === 0) return row
  const factors = asNoted(row.factors, factorsIn(membersIn(imported)))
  return { ...row, factors, mark: markOf({ ...membersIn(row.mark), factors: broughtFactors(factors) }) }
}

/** The row is noted, so that it stays unchanged in later runs, whatever the holder changes until then. */
const keepAndMark = (row: PreparedRow, { account: { id }, imported }: KnownAccount): Decision => ({
  _tag: "Keep",
  id,
  marks: [{ id, imported: markWith(row, membersIn(imported), []) }]
})

/** The mark of an account to which a row comes and brings these factors. */
const markWith = (row: PreparedRow, before: Members, added: ReadonlyArray<PreparedFactor>): string =>
  markOf({
    ...before,
    ...membersIn(row.mark),
    ...(row.factors === undefined ? {} : { factors: notedFactors(row.factors, added, factorsIn(before)) })
  })

const factorsIn = ({ factors = "" }: Members): ReadonlyArray<string> => factors.split(",")

/** Whether a row says nothing but what an account is. */
const isCurrent = (
  { displayName, email, emailVerified, factors, passwordHash, status }: PreparedRow,
  known: KnownAccount,
  existing: ReadonlyArray<Factor>
): boolean => {
  const { account } = known
  const brought = changeFactors(factors ?? [], account.id, [], existing)
  const gone = factors === undefined
    ? { remove: [] }
    : changeFactors(factors, account.id, factorsIn(membersIn(known.imported)), existing)
  return email === account.email && displayName === account.displayName &&
    (emailVerified ?? account.emailVerified) === account.emailVerified &&
    (passwordHash ?? known.passwordHash) === known.passwordHash &&
    (status ?? account.status) === account.status &&
    "add" in brought && brought.add.length === 0 && "remove" in gone && gone.remove.length === 0
}

const update = (row: PreparedRow, known: KnownAccount, { byEmail, factors }: Known, isNew: boolean): Decision => {
  const { account } = known
  const before = membersIn(known.imported)
  const given = membersIn(row.mark)
  const brings = (member: typeof MEMBERS[number], isCurrent: boolean): boolean =>
    !isCurrent && given[member] !== undefined && before[member] !== given[member]
  const changesEmail = brings("email", row.email === account.email)
  if (changesEmail && byEmail !== undefined && byEmail.account.id !== account.id) {
    return refuse("/email", "belongs to another account")
  }
  const changes = {
    ...(changesEmail ? { email: row.email } : {}),
    ...(row.emailVerified !== undefined &&
        (changesEmail || brings("emailVerified", row.emailVerified === account.emailVerified))
      ? { emailVerified: row.emailVerified }
      : {}),
    ...(brings("displayName", row.displayName === account.displayName) ? { displayName: row.displayName } : {}),
    ...(row.passwordHash !== undefined && brings("passwordHash", row.passwordHash === known.passwordHash)
      ? { passwordHash: row.passwordHash }
      : {}),
    ...(row.status !== undefined && brings("status", row.status === account.status) ? { status: row.status } : {})
  }
  const brought = row.factors === undefined
    ? { add: [], remove: [] }
    : changeFactors(row.factors, account.id, factorsIn(before), factors)
  if ("errors" in brought) return { _tag: "Refuse", errors: brought.errors }
  const changed = partsOf(changes, brought.add.length + brought.remove.length > 0)
  if (Object.keys(changes).length === 0 && changed.length === 0 && !isNew) return keepAndMark(row, known)
  return {
    _tag: "Update",
    account,
    changes,
    addFactors: brought.add,
    removeFactors: brought.remove,
    changed,
    externalId: row.externalId,
    imported: markWith(row, before, brought.add)
  }
}

const partsOf = (
  changes: Pick<AccountUpdate, "displayName" | "email" | "emailVerified" | "passwordHash" | "status">,
  changesFactors: boolean
): ReadonlyArray<AccountPart> => [
  ...(changes.email === undefined ? [] : ["email" as const]),
  ...(changes.displayName === undefined ? [] : ["display_name" as const]),
  ...(changes.passwordHash === undefined ? [] : ["password" as const]),
  ...(changes.status === undefined ? [] : ["status" as const]),
  ...(changes.emailVerified === undefined ? [] : ["email_verified" as const]),
  ...(changesFactors ? ["factors" as const] : [])
]
