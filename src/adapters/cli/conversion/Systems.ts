/** The systems whose exports can be converted, and where each keeps what an account needs. */
import { DateTime } from "effect"
import { flagOf, instantOf, listOf, recordOf, textOf } from "./Fields.ts"
import { betterAuthHash, firebaseHash, keycloakHash, portableHash } from "./PortableHashes.ts"
import type { FirebaseParameters } from "./PortableHashes.ts"
import { readHtpasswd, readLdif } from "./Records.ts"
import type { RecordReader, SourceRecord } from "./Records.ts"
import { readTables } from "./Tables.ts"
import { keycloakTotp, kratosTotp } from "./TotpSecrets.ts"
import type { ConvertedFactor } from "./TotpSecrets.ts"

/** What a system says of a person. */
export interface Person {
  readonly externalId: string | undefined
  readonly email: string | undefined
  readonly emailVerified?: boolean | undefined
  readonly name?: string | undefined
  readonly hash?: string | undefined
  readonly isActive?: boolean | undefined
  readonly createdAt?: string | undefined
  readonly factors?: ReadonlyArray<ConvertedFactor> | undefined
  /** What is lost, worded to follow the place of the record. */
  readonly lost?: string | undefined
}

/** What isn't in the records. */
export interface Circumstances {
  readonly firebase: FirebaseParameters | undefined
  readonly now: DateTime.Utc
}

export interface System {
  readonly read: () => RecordReader
  readonly personOf: (record: SourceRecord, circumstances: Circumstances) => Person
}

const fullName = (record: SourceRecord, first: string, last: string): string | undefined =>
  [textOf(record, first), textOf(record, last)].filter((name) => name !== undefined).join(" ") || undefined

/** Whether the instant of a member has passed. */
const isOver = (record: SourceRecord, name: string, now: DateTime.Utc): boolean => {
  const until = instantOf(record, name)
  return until !== undefined && until < DateTime.formatIso(now)
}

/** Members of people's tables that many frameworks leave to the application. */
const generic = (record: SourceRecord): Person => ({
  externalId: textOf(record, "id", "ID", "Id", "uuid", "user_id"),
  email: textOf(record, "email", "Email", "mail", "user_email"),
  emailVerified: flagOf(record, "email_verified", "emailVerified"),
  name: textOf(record, "display_name", "name", "full_name") ?? fullName(record, "first_name", "last_name")
    ?? textOf(record, "username"),
  hash: portableHash(textOf(record, "password_hash", "password", "encrypted_password", "user_pass", "user_password")),
  isActive: flagOf(record, "is_active", "active"),
  createdAt: instantOf(record, "created_at", "createdAt")
})

const aspnet = (record: SourceRecord): Person => ({
  ...generic(record),
  emailVerified: flagOf(record, "EmailConfirmed"),
  name: textOf(record, "DisplayName", "Name", "FullName", "UserName"),
  hash: textOf(record, "PasswordHash"),
  ...(flagOf(record, "TwoFactorEnabled") === true ? { lost: "loses its second factor" } : {})
})

const auth0 = (record: SourceRecord): Person => {
  const id = textOf(recordOf(record, "_id") ?? {}, "$oid") ?? textOf(record, "_id")
  return {
    ...generic(record),
    externalId: textOf(record, "user_id") ?? (id === undefined ? undefined : `auth0|${id}`),
    name: textOf(record, "name", "nickname"),
    hash: portableHash(textOf(record, "passwordHash", "password_hash")),
    isActive: flagOf(record, "blocked") !== true
  }
}

const betterAuth = (record: SourceRecord, { now }: Circumstances): Person => {
  const account = listOf(record, "accounts").find((it) => textOf(it, "providerId") === "credential")
  return {
    ...generic(record),
    hash: betterAuthHash(textOf(account ?? record, "password")),
    isActive: flagOf(record, "banned") !== true || isOver(record, "banExpires", now),
    ...(flagOf(record, "twoFactorEnabled") === true ? { lost: "loses its second factor" } : {})
  }
}

/** The CSV of Cognito's user import, which has no passwords, with a column for those that are known from elsewhere. */
const cognito = (record: SourceRecord): Person => ({
  ...generic(record),
  externalId: textOf(record, "sub", "cognito:username"),
  name: textOf(record, "name", "nickname") ?? fullName(record, "given_name", "family_name"),
  hash: portableHash(textOf(record, "password_hash")),
  ...(flagOf(record, "cognito:mfa_enabled") === true ? { lost: "loses its second factor" } : {})
})

const devise = (record: SourceRecord): Person => ({
  ...generic(record),
  emailVerified: "confirmed_at" in record ? textOf(record, "confirmed_at") !== undefined : undefined,
  ...(flagOf(record, "otp_required_for_login") === true ? { lost: "loses its second factor" } : {})
})

/** A table of users, or what `dumpdata` writes. */
const django = (record: SourceRecord): Person => {
  const fields = recordOf(record, "fields") ?? record
  return {
    ...generic(fields),
    externalId: textOf(record, "pk") ?? textOf(fields, "id"),
    name: fullName(fields, "first_name", "last_name") ?? textOf(fields, "name", "username"),
    createdAt: instantOf(fields, "date_joined")
  }
}

const firebase = (record: SourceRecord, { firebase: parameters }: Circumstances): Person => {
  const [salt, tag] = [textOf(record, "salt"), textOf(record, "passwordHash")]
  const hash = salt === undefined || tag === undefined ? undefined : { salt, tag }
  return {
    externalId: textOf(record, "localId"),
    email: textOf(record, "email"),
    emailVerified: flagOf(record, "emailVerified"),
    name: textOf(record, "displayName"),
    hash: hash === undefined || parameters === undefined ? undefined : firebaseHash(hash.salt, hash.tag, parameters),
    isActive: flagOf(record, "disabled") !== true,
    createdAt: instantOf(record, "createdAt"),
    ...(hash !== undefined && parameters === undefined
      ? { lost: "loses its password: give --firebase-parameters" }
      : {})
  }
}

const htpasswd = (record: SourceRecord): Person => ({
  externalId: textOf(record, "name"),
  email: textOf(record, "name"),
  hash: portableHash(textOf(record, "hash"))
})

/**
 * The second factors that can be converted, and what to say of the others. Having none is said, too, so that a later
 * file takes away the last one that an earlier file brought. An export without credentials says nothing of factors.
 */
const factorsIn = (record: SourceRecord, converted: ReadonlyArray<ConvertedFactor | undefined>) => {
  const factors = converted.filter((it) => it !== undefined)
  const lost = factors.length === converted.length ? [] : [factors.length > 0 ? "a second factor" : "its second factor"]
  return { factors: "credentials" in record ? factors : undefined, lost }
}

const keycloak = (record: SourceRecord): Person => {
  const credentials = listOf(record, "credentials")
  const password = credentials.find((it) => textOf(it, "type") === "password")
  const hash = password === undefined ? undefined : keycloakHash(password)
  const { factors, lost: lostFactors } = factorsIn(
    record,
    credentials.filter((it) => /otp|webauthn|recovery/.test(textOf(it, "type") ?? "")).map(keycloakTotp)
  )
  const lost = [
    ...(password !== undefined && hash === undefined ? ["its password, whose algorithm is unknown"] : []),
    ...lostFactors
  ]
  return {
    externalId: textOf(record, "id", "username"),
    email: textOf(record, "email"),
    emailVerified: flagOf(record, "emailVerified"),
    name: fullName(record, "firstName", "lastName") ?? textOf(record, "username"),
    hash,
    isActive: flagOf(record, "enabled"),
    createdAt: instantOf(record, "createdTimestamp"),
    factors,
    ...(lost.length > 0 ? { lost: `loses ${lost.join(" and ")}` } : {})
  }
}

const kratos = (record: SourceRecord): Person => {
  const traits = recordOf(record, "traits") ?? {}
  const email = textOf(traits, "email")
  const credentials = recordOf(record, "credentials") ?? {}
  const config = recordOf(recordOf(credentials, "password") ?? {}, "config") ?? {}
  const totp = recordOf(credentials, "totp")
  // Kratos names what an identity has, and leaves out the rest of what wasn't asked for.
  const wasAsked = totp === undefined || totp["config"] !== undefined
  const { factors, lost } = factorsIn(
    wasAsked ? record : {},
    ["totp", "webauthn", "passkey", "lookup_secret"].flatMap((type) => {
      const credential = recordOf(credentials, type)
      return credential === undefined ? [] : [kratosTotp(credential)]
    })
  )
  const name = recordOf(traits, "name")
  const address = listOf(record, "verifiable_addresses").find((it) => textOf(it, "value") === email)
  return {
    externalId: textOf(record, "id"),
    email,
    emailVerified: address === undefined ? undefined : flagOf(address, "verified"),
    name: name === undefined ? textOf(traits, "name", "username") : fullName(name, "first", "last"),
    hash: portableHash(textOf(config, "hashed_password")),
    isActive: textOf(record, "state") !== "inactive",
    createdAt: instantOf(record, "created_at"),
    factors,
    ...(lost.length > 0 ? { lost: `loses ${lost.join()}` } : {})
  }
}

const ldap = (record: SourceRecord): Person => ({
  externalId: textOf(record, "entryuuid", "uid", "dn"),
  email: textOf(record, "mail"),
  name: textOf(record, "displayname", "cn", "uid"),
  hash: portableHash(textOf(record, "userpassword"))
})

const supabase = (record: SourceRecord, { now }: Circumstances): Person => ({
  ...generic(record),
  emailVerified: textOf(record, "email_confirmed_at") !== undefined,
  name: textOf(recordOf(record, "raw_user_meta_data") ?? {}, "name", "full_name", "display_name"),
  isActive: textOf(record, "deleted_at") === undefined &&
    (textOf(record, "banned_until") === undefined || isOver(record, "banned_until", now))
})

const wordpress = (record: SourceRecord): Person => ({
  ...generic(record),
  email: textOf(record, "user_email"),
  name: textOf(record, "display_name", "user_nicename", "user_login"),
  createdAt: instantOf(record, "user_registered")
})

/** By the name that `--from` takes. */
export const systems = {
  keycloak: { read: readTables, personOf: keycloak },
  firebase: { read: readTables, personOf: firebase },
  auth0: { read: readTables, personOf: auth0 },
  "better-auth": { read: readTables, personOf: betterAuth },
  cognito: { read: readTables, personOf: cognito },
  django: { read: readTables, personOf: django },
  werkzeug: { read: readTables, personOf: generic },
  aspnet: { read: readTables, personOf: aspnet },
  devise: { read: readTables, personOf: devise },
  phpass: { read: readTables, personOf: generic },
  wordpress: { read: readTables, personOf: wordpress },
  ldap: { read: readLdif, personOf: ldap },
  htpasswd: { read: readHtpasswd, personOf: htpasswd },
  kratos: { read: readTables, personOf: kratos },
  supabase: { read: readTables, personOf: supabase }
} as const satisfies Record<string, System>

export type SystemName = keyof typeof systems
