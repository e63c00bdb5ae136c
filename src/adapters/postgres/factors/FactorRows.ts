/** How factors are stored: one row each, with what verifies it. */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Brand, Data, Schema } from "effect"
import type { AccountId, DisplayName } from "../../../domain/model/Account.ts"
import { Factor, FactorType, Passkey, SealedSecret } from "../../../domain/model/Factor.ts"
import type { FactorId } from "../../../domain/model/Factor.ts"
import type { ChallengeStamp } from "../../../domain/model/PasskeyChallenge.ts"
import type { StoredFactor } from "../../../ports/FactorStore.ts"
import { sealingKeyOf } from "../../../ports/SecretBox.ts"
import {
  bytes,
  column,
  flag,
  instant,
  integer,
  oneOf,
  optional,
  optionalText,
  selectedColumns,
  table,
  text,
  texts,
  textsOf,
  wholeNumber
} from "../columns.ts"
import type { RecordOf } from "../columns.ts"
import { reader } from "../rows.ts"
import { readingOne, statement } from "../statement.ts"

const factorFields = {
  id: column("id", text(Brand.nominal<FactorId>())),
  accountId: column("account_id", text(Brand.nominal<AccountId>())),
  type: column("type", oneOf(FactorType)),
  name: column("name", text(Brand.nominal<DisplayName>())),
  createdAt: column("created_at", instant),
  confirmedAt: column("confirmed_at", optional(instant)),
  lastUsedAt: column("last_used_at", optional(instant)),
  seed: column("seed", optional(text(SealedSecret))),
  sealedBy: column("sealed_by", optionalText),
  lastStep: column("last_step", optional(integer)),
  codes: column("codes", optional(texts)),
  rpId: column("rp_id", optionalText),
  credentialId: column("credential_id", optionalText),
  publicKey: column("public_key", optional(bytes)),
  signCount: column("sign_count", optional(wholeNumber)),
  transports: column("transports", optional(texts)),
  backedUp: column("backed_up", optional(flag)),
  aaguid: column("aaguid", optionalText),
  answered: column("answered", optional(textsOf(Brand.nominal<ChallengeStamp>())))
}

class FactorRecord extends Data.Class<RecordOf<typeof factorFields>> {}

export const factorTable = table("factors", FactorRecord, factorFields)

/** The columns that `toStored` reads, selected from `factors f`. */
export const factorColumns = selectedColumns(factorTable, "f")

export const recordOf = ({ answered, codes, factor, lastStep, seed }: StoredFactor): FactorRecord => {
  const { passkey, remaining: _, ...fields } = factor
  return new FactorRecord({
    ...fields,
    seed,
    sealedBy: seed && sealingKeyOf(seed),
    lastStep,
    codes: factor.type === "recovery_codes" ? codes : undefined,
    ...passkeyFields(passkey),
    answered: answered.length === 0 ? undefined : answered
  })
}

/** The fields of a passkey, all of them undefined where there is none. */
export const passkeyFields = (passkey: Passkey | undefined) => ({
  rpId: passkey?.rpId,
  credentialId: passkey?.credentialId,
  publicKey: passkey?.publicKey,
  signCount: passkey?.signCount,
  transports: passkey?.transports,
  backedUp: passkey?.backedUp,
  aaguid: passkey?.aaguid
})

export const toStored = (row: Row): StoredFactor => {
  const record = factorTable.read(row)
  const { answered = [], codes, lastStep, seed } = record
  const factor = Factor.make({
    id: record.id,
    accountId: record.accountId,
    type: record.type,
    name: record.name,
    createdAt: record.createdAt,
    confirmedAt: record.confirmedAt,
    lastUsedAt: record.lastUsedAt,
    remaining: codes?.length,
    passkey: passkeyOf(record)
  })
  return { factor, seed, lastStep, codes: codes ?? [], answered }
}

const passkeyOf = ({ credentialId, publicKey, rpId, signCount = 0, transports = [], ...rest }: FactorRecord) =>
  credentialId === undefined || publicKey === undefined || rpId === undefined ? undefined : Passkey.make({
    rpId,
    credentialId,
    publicKey,
    signCount,
    transports,
    backedUp: rest.backedUp ?? false,
    aaguid: rest.aaguid ?? ""
  })

const selectCount = statement<AccountId>(($) => `
  SELECT count(*)::int AS factor_count FROM factors WHERE account_id = ${$((id) => id)}`)

const readCount = reader("factors", "factor_count", Schema.Struct({ factor_count: Schema.Int }))

/** How many factors an account has, unconfirmed ones included. */
export const countFactors = (accountId: AccountId) =>
  readingOne(selectCount, accountId, (row) => readCount(row).factor_count)
