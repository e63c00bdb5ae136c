/** Explains to operators why a store doesn't serve, and what to do. */
import type { StoreObstruction } from "./IdentityErrors.ts"

type Explanation = readonly [problem: string, advice: string]

/** What is known of a `StoreUnavailable`. */
export interface Outage {
  readonly reason?: StoreObstruction | undefined
  readonly addresses?: string | undefined
}

const unreachable = ({ addresses }: Outage): Explanation => [
  `The database ${addresses === undefined ? "" : `at ${addresses} `}can't be reached or does not answer in time.`,
  "Check that it runs and that IDENTITY_DATABASE_URL leads to it."
]

export const explainOutage = (outage: Outage): Explanation =>
  outage.reason === undefined ? unreachable(outage) : obstructions[outage.reason]

/** The same explanation as one text. */
export const adviceOn = (outage: Outage): string => explainOutage(outage).join(" ")

const obstructions: Readonly<Record<StoreObstruction, Explanation>> = {
  "login-refused": [
    "The database refuses the login.",
    "Check user and password in IDENTITY_DATABASE_URL, and who may connect in the server's pg_hba.conf."
  ],
  "database-absent": [
    "The database server has no database of this name.",
    "Create it with CREATE DATABASE, or correct the name in IDENTITY_DATABASE_URL."
  ],
  "certificate-untrusted": [
    "The certificate of the database server is not trusted.",
    "Check the host name in IDENTITY_DATABASE_URL, and name the authority with sslrootcert=FILE."
  ],
  "encryption-refused": [
    "The database server does not encrypt, which IDENTITY_DATABASE_URL demands.",
    "Turn ssl on there, or choose another sslmode."
  ],
  "settings-refused": [
    "The way to the database leads through something, probably PgBouncer, that refuses settings or statements.",
    "Add ?pgbouncer=true to IDENTITY_DATABASE_URL: docs/configuration.md says which modes of it work."
  ],
  "right-missing": [
    "The database role lacks a right that this needs.",
    "Migrate as the owner of the tables; grant the server's role what docs/least-privilege.md lists."
  ],
  "schema-absent": [
    "The database has no tables of identity yet, or its role can't see them.",
    "Run `identity migrate`."
  ],
  "schema-outdated": ["The database schema is older than this release.", "Run `identity migrate`."],
  "read-only": ["The database takes no writes.", "Connect to one that takes them."],
  "standby": [
    "The database server is a standby, which may lag behind and takes no writes.",
    "Have IDENTITY_DATABASE_URL lead to its primary."
  ],
  "text-not-storable": [
    "The database can't store a character of what was given.",
    "Leave it out, or move to a database with the encoding UTF8."
  ]
}
