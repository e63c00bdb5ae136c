/**
 * Which database to connect to, and how it wants to be spoken to.
 */
import { Data, Redacted, Result } from "effect"
import type { Effect, Option } from "effect"

/** A database by URL, or behind the Unix socket of a server on this machine. */
export type PostgresTarget =
  | {
    readonly url: Redacted.Redacted
    readonly database?: string | undefined
    /** Reads the URL again where it came from, for a login that has changed. */
    readonly reread?: Effect.Effect<Option.Option<Redacted.Redacted>> | undefined
  }
  | { readonly path: string; readonly username: string; readonly database: string }

/** What a database URL says beside what the driver reads from it. */
export interface TargetFacts {
  readonly address: string
  readonly port: number | undefined
  readonly database: string
  /** What the server shows in its list of connections. */
  readonly applicationName: string
  /**
   * A pooler such as PgBouncer in transaction mode is in between (`?pgbouncer=true`): statements of one client meet
   * changing servers, so nothing can be prepared on a connection or set for its duration.
   */
  readonly pooled: boolean
}

/** The reason never contains a part of the URL, which holds a password. */
export class InvalidDatabaseUrl extends Data.TaggedError("InvalidDatabaseUrl")<{ readonly reason: string }> {}

export const describeTarget = (target: PostgresTarget): Result.Result<TargetFacts, InvalidDatabaseUrl> =>
  "path" in target
    ? Result.succeed({
      address: target.path,
      port: undefined,
      database: target.database,
      applicationName: ourName,
      pooled: false
    })
    : Result.map(
      describeUrl(Redacted.value(target.url)),
      (facts) => ({ ...facts, database: target.database ?? facts.database })
    )

/** The target in a form that the driver understands. */
export const toDriverOptions = (target: PostgresTarget) =>
  "path" in target
    ? target
    : { url: Redacted.make(withHost(Redacted.value(target.url))), database: target.database }

/** Whether two URLs differ in nothing but user and password. */
export const leadsToSame = (one: Redacted.Redacted, other: Redacted.Redacted): boolean => {
  const place = withoutLogin(Redacted.value(one))
  return place !== undefined && place === withoutLogin(Redacted.value(other))
}

const withoutLogin = (text: string): string | undefined => {
  const url = URL.parse(withHost(text))
  if (url === null) return undefined
  url.username = ""
  url.password = ""
  for (const name of ["user", "password"]) url.searchParams.delete(name)
  return url.href
}

/** `postgres://ada@/identity?host=/run/postgresql` is customary for a socket, and no URL to WHATWG's standard. */
const withHost = (text: string): string => text.replace(/^([a-z]+:\/\/[^/?#]*@)(?=[/?#]|$)/, "$1localhost")

/** The driver reads a URL when it first connects; what is wrong with it should be known before anything starts. */
const describeUrl = (text: string): Result.Result<TargetFacts, InvalidDatabaseUrl> => {
  const url = URL.parse(withHost(text))
  if (url === null) return invalid("is not a URL")
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") return invalid("must begin with postgres://")
  const { searchParams } = url
  const parts = [url.hostname, url.username, url.password, url.pathname.slice(1)].map(decode)
  const [hostname, username, , database] = parts
  if (parts.includes(undefined)) return invalid("has a % that begins no percent-encoded character")
  const port = searchParams.get("port") ?? (url.port === "" ? defaultPort : url.port)
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) return invalid("has an invalid port")
  if (!sslModes.has(searchParams.get("sslmode") ?? "disable")) return invalid("has an unknown sslmode")
  if (!/^\d*$/.test(searchParams.get("connect_timeout") ?? "")) return invalid("has an invalid connect_timeout")
  return Result.succeed({
    address: (searchParams.get("host") ?? hostname?.replace(/^\[(.*)\]$/, "$1")) || "localhost",
    port: Number(port),
    database: (searchParams.get("dbname") ?? database) || (searchParams.get("user") ?? username) || "postgres",
    applicationName: searchParams.get("application_name") ?? ourName,
    pooled: searchParams.get("pgbouncer") === "true"
  })
}

const ourName = "identity"

const defaultPort = "5432"

const sslModes = new Set(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])

const invalid = (reason: string) => Result.fail(new InvalidDatabaseUrl({ reason: `the database URL ${reason}` }))

const decode = (text: string): string | undefined => Result.getOrUndefined(Result.try(() => decodeURIComponent(text)))
