/**
 * Decides what becomes of a row of an import, from the accounts that have one of its keys.
 *
 * The mark of an account says what the last import brought: a digest of each member. A row with the same mark brings
 * nothing new, whatever the holder has changed since. An update brings only the members that differ from the mark.
 */
import type { AccountUpdate } from "../../ports/AccountStore.ts"
import type { KnownAccount } from "../../ports/AccountTransfer.ts"
import type { AccountId } from "../model/Account.ts"
import type { AccountPart } from "../model/Audit.ts"
import type { EmailKey } from "../model/Email.ts"
import type { ExternalId, IfExists, ImportRow, RowError } from "../model/ImportRow.ts"
import type { PasswordHash } from "../model/Password.ts"

/** A row whose hash has been examined. */
export interface PreparedRow extends Omit<ImportRow, "passwordHash"> {
  readonly emailKey: EmailKey
  readonly passwordHash?: PasswordHash
  /** The digest of each member that the row has. */
  readonly members: Members
  /** The text of these. */
  readonly mark: string
  readonly keys: ReadonlyArray<string>
  readonly ifExists: IfExists
}

const MEMBERS = ["email", "emailVerified", "displayName", "passwordHash", "status"] as const

export type Members = Readonly<Partial<Record<typeof MEMBERS[number], string>>>

/** A digest of the members that a row gives. `digest` makes at least 16 characters of a text. */
export const membersOf = (row: ImportRow, digest: (text: string) => string): Members => {
  const short = (text: string) => digest(text).slice(0, 16)
  return {
    email: short(row.email),
    displayName: short(row.displayName),
    ...(row.emailVerified === undefined ? {} : { emailVerified: row.emailVerified ? "t" : "f" }),
    ...(row.passwordHash === undefined ? {} : { passwordHash: short(row.passwordHash) }),
    ...(row.status === undefined ? {} : { status: row.status })
  }
}

/** The text of a mark. */
export const markOf = (members: Members): string => MEMBERS.map((member) => members[member] ?? "-").join(" ")

const membersIn = (mark: string): Members => {
  const texts = mark.split(" ")
  return Object.fromEntries(
    MEMBERS.flatMap((member, index) => {
      const text = texts[index]
      return text === undefined || text === "-" ? [] : [[member, text]]
    })
  )
}

/** What makes two rows rows of the same account. */
export const nameOf = ({ emailKey, externalId }: PreparedRow): string =>
  externalId === undefined ? `email ${emailKey}` : `external ${externalId}`

/** What no other account may have. */
export const keysOf = ({ externalId, id }: ImportRow, ofEmail: EmailKey): ReadonlyArray<string> => [
  `email ${ofEmail}`,
  ...(externalId === undefined ? [] : [`external ${externalId}`]),
  ...(id === undefined ? [] : [`id ${id}`])
]

/** The accounts that have a row's keys. */
export interface Known {
  readonly byId: KnownAccount | undefined
  readonly byExternalId: KnownAccount | undefined
  readonly byEmail: KnownAccount | undefined
}

export type Decision =
  | { readonly _tag: "Create" }
  | { readonly _tag: "Keep"; readonly id: AccountId }
  | { readonly _tag: "Refuse"; readonly errors: ReadonlyArray<RowError> }
  | {
    readonly _tag: "Update"
    readonly id: AccountId
    readonly changes: Pick<AccountUpdate, "displayName" | "email" | "emailVerified" | "passwordHash" | "status">
    readonly changed: ReadonlyArray<AccountPart>
    readonly externalId: ExternalId | undefined
    readonly imported: string
  }

const refuse = (pointer: string, detail: string): Decision => ({ _tag: "Refuse", errors: [{ pointer, detail }] })

export const decide = (row: PreparedRow, known: Known): Decision => {
  const account = known.byId ?? known.byExternalId ?? known.byEmail
  if (account === undefined) return { _tag: "Create" }
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
  if (account.imported === row.mark && !isNew) return { _tag: "Keep", id }
  if (row.ifExists === "skip") return { _tag: "Keep", id }
  if (row.ifExists === "refuse") {
    const pointer = known.byId ? "/id" : known.byExternalId ? "/external_id" : "/email"
    return refuse(pointer, "belongs to an account that exists, and differs from what was imported of it")
  }
  return update(row, account, known.byEmail, isNew)
}

const update = (
  row: PreparedRow,
  known: KnownAccount,
  byEmail: KnownAccount | undefined,
  isNew: boolean
): Decision => {
  const { account } = known
  const before = known.imported === undefined ? undefined : membersIn(known.imported)
  const brings = (member: typeof MEMBERS[number], isCurrent: boolean): boolean =>
    row.members[member] !== undefined &&
    (before === undefined ? !isCurrent : before[member] !== row.members[member])
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
    ...(row.passwordHash !== undefined && brings("passwordHash", false) ? { passwordHash: row.passwordHash } : {}),
    ...(row.status !== undefined && brings("status", row.status === account.status) ? { status: row.status } : {})
  }
  if (Object.keys(changes).length === 0 && !isNew) return { _tag: "Keep", id: account.id }
  return {
    _tag: "Update",
    id: account.id,
    changes,
    changed: partsOf(changes),
    externalId: row.externalId,
    imported: markOf({ ...before, ...row.members })
  }
}

const partsOf = (changes: Pick<AccountUpdate, "displayName" | "email" | "passwordHash" | "status">) => {
  const parts: Array<AccountPart> = []
  if (changes.email !== undefined) parts.push("email")
  if (changes.displayName !== undefined) parts.push("display_name")
  if (changes.passwordHash !== undefined) parts.push("password")
  if (changes.status !== undefined) parts.push("status")
  return parts
}
