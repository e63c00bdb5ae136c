/**
 * The database to connect to, and how to connect.
 */
import { Equal, Redacted, Result } from "effect"
import type { Array, Effect, Option } from "effect"
import { unencrypted } from "./DatabaseEncryption.ts"
import { parse } from "./DatabaseUrl.ts"
import type { DatabaseUrl, Host, InvalidDatabaseUrl } from "./DatabaseUrl.ts"

/** A database by URL, or behind the Unix socket of a server on this machine. */
export type PostgresTarget =
  | {
    readonly url: Redacted.Redacted
    readonly database?: string | undefined
    /** Reads the URL again from its source, for a login that has changed. */
    readonly reread?: Effect.Effect<Option.Option<Redacted.Redacted>> | undefined
  }
  | { readonly path: string; readonly username: string; readonly database: string }

/** A host, or the path of a socket, which has no port. */
export type TargetHost = Pick<Host, "address"> & { readonly port: number | undefined }

/** The target without the login. */
export interface TargetFacts extends Pick<DatabaseUrl, "connectTimeout" | "encryption" | "options" | "pooled"> {
  /** In the order of attempts. */
  readonly hosts: Array.NonEmptyReadonlyArray<TargetHost>
  /** Undefined if the server chooses the one that is named like the user. */
  readonly database: string | undefined
  readonly applicationName: string
}

export const describeTarget = (target: PostgresTarget): Result.Result<TargetFacts, InvalidDatabaseUrl> =>
  "path" in target
    ? Result.succeed({
      hosts: [{ address: target.path, port: undefined }],
      database: target.database,
      encryption: unencrypted,
      applicationName: ourName,
      options: undefined,
      connectTimeout: undefined,
      pooled: false
    })
    : Result.map(parse(Redacted.value(target.url)), ({ password: _, username, ...facts }) => ({
      ...facts,
      database: target.database ?? facts.database ?? username,
      applicationName: facts.applicationName ?? ourName
    }))

export interface Login {
  readonly username: string | undefined
  readonly password: Redacted.Redacted | undefined
}

/** The login for the next connection. */
export const loginOf = (target: PostgresTarget): Result.Result<Login, InvalidDatabaseUrl> =>
  "path" in target
    ? Result.succeed({ username: target.username, password: undefined })
    : Result.map(parse(Redacted.value(target.url)), ({ password, username }) => ({ username, password }))

/** Whether two URLs differ only in user and password. */
export const leadsToSame = (one: Redacted.Redacted, other: Redacted.Redacted): boolean => {
  const [place, otherPlace] = [placeOf(one), placeOf(other)]
  return place !== undefined && Equal.equals(place, otherPlace)
}

const placeOf = (url: Redacted.Redacted) =>
  Result.getOrUndefined(Result.map(parse(Redacted.value(url)), ({ password: _, username: __, ...place }) => place))

const ourName = "identity"
