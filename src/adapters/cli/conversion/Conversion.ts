/** Makes rows for an import out of another system's export, and says what it can't convert. */
import { isEmptyExport, isRecordOf } from "./Recognition.ts"
import type { Located } from "./Records.ts"
import { systems } from "./Systems.ts"
import type { Circumstances, Person, System, SystemName } from "./Systems.ts"

export interface Converted {
  /** Lines for `identity import-accounts`. */
  readonly rows: ReadonlyArray<string>
  /** Sentences about records that are left out, or lose something. */
  readonly complaints: ReadonlyArray<string>
  /** How many records are left out. */
  readonly leftOut: number
  /** How many rows have no password. */
  readonly withoutPassword: number
}

/** What becomes of an export that comes piece by piece. */
export interface Conversion {
  readonly convert: (piece: string) => Converted
  readonly end: () => Converted
  /**
   * Whether the first record is one of the system's, or the export has ended without any. Undefined as long as none
   * could be read.
   */
  readonly isRecognised: () => boolean | undefined
}

/** `hashProblem` says why an import would refuse a password hash. Such a hash is left out, and its record is not. */
export const makeConversion = (
  from: SystemName,
  circumstances: Circumstances,
  hashProblem: (hash: string) => string | undefined
): Conversion => {
  const { personOf, read }: System = systems[from]
  const reader = read()
  let isRecognised: boolean | undefined
  let beginning = ""
  let hasRecords = false

  const convertAll = (records: ReadonlyArray<Located>): Converted => {
    const rows: Array<string> = []
    const complaints: Array<string> = []
    let [leftOut, withoutPassword] = [0, 0]
    hasRecords ||= records.length > 0
    const first = records.find(({ record }) => record !== undefined)?.record
    if (first !== undefined) isRecognised ??= isRecordOf(from, first)
    if (isRecognised === false) return { rows, complaints, leftOut, withoutPassword }
    for (const { place, record } of records) {
      const person = record === undefined ? undefined : personOf(record, circumstances)
      if (person?.email === undefined || !person.email.includes("@")) {
        complaints.push(`${place} ${person === undefined ? "can't be read" : "has no email"}, and is left out.`)
        leftOut += 1
        continue
      }
      if (person.lost !== undefined) complaints.push(`${place} ${person.lost}.`)
      const problem = person.hash === undefined ? undefined : hashProblem(person.hash)
      if (problem !== undefined) complaints.push(`${place} loses its password: the hash ${problem}.`)
      const hash = problem === undefined ? person.hash : undefined
      if (hash === undefined) withoutPassword += 1
      rows.push(rowOf({ ...person, email: person.email, hash }))
    }
    return { rows, complaints, leftOut, withoutPassword }
  }

  return {
    convert: (piece) => {
      if (beginning === "") beginning = piece.trimStart()
      return convertAll(reader.read(piece))
    },
    end: () => {
      const rest = convertAll(reader.end())
      if (!hasRecords && isEmptyExport(from, beginning)) isRecognised = true
      return rest
    },
    isRecognised: () => isRecognised
  }
}

const rowOf = (person: Person & { readonly email: string }): string =>
  JSON.stringify({
    external_id: person.externalId,
    email: person.email,
    email_verified: person.emailVerified,
    display_name: person.name ?? person.email.slice(0, person.email.indexOf("@")),
    password_hash: person.hash,
    status: person.isActive === false ? "disabled" : undefined,
    created_at: person.createdAt,
    factors: person.factors
  })
