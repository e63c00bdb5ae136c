/**
 * Parses database URLs as libpq does, with one more parameter and without those that mean nothing here. Unknown
 * parameters are refused, because a misspelt `sslmode` must not lead to a connection without encryption.
 */
import { Array, Data, Option, Redacted, Result } from "effect"
import { parseAddress } from "../../../domain/model/IpAddress.ts"
import { wholeNumberIn } from "../../../kernel/WholeNumber.ts"

/** The reason contains no part of the URL that could be a password. */
export class InvalidDatabaseUrl extends Data.TaggedError("InvalidDatabaseUrl")<{ readonly reason: string }> {}

/** A server by name, by address, or by the directory of its Unix socket, which begins with a slash. */
export interface Host {
  readonly address: string
  readonly port: number
}

const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const

export type SslMode = typeof sslModes[number]

/** How a connection is encrypted. File names are those in the URL; the files are in PEM format. */
export interface Encryption {
  readonly mode: SslMode
  /** The file of trusted authorities; `system` for the operating system's. */
  readonly rootCertificate: string | undefined
  /** The client's certificate. */
  readonly client: { readonly certificate: string; readonly key: string } | undefined
}

export interface DatabaseUrl {
  readonly hosts: Array.NonEmptyReadonlyArray<Host>
  readonly username: string | undefined
  readonly password: Redacted.Redacted | undefined
  readonly database: string | undefined
  readonly encryption: Encryption
  /** The name in the server's list of connections. */
  readonly applicationName: string | undefined
  /** Arguments of the server for the duration of a connection, such as `-c search_path=identity`. */
  readonly options: string | undefined
  /** The time limit for connecting to one host, in seconds. */
  readonly connectTimeout: number | undefined
  /**
   * Whether a pooler such as PgBouncer in transaction mode is in between. A client's statements then reach different
   * connections, so nothing can be prepared on a connection or set for its duration.
   */
  readonly pooled: boolean
}

export const parse = (text: string): Result.Result<DatabaseUrl, InvalidDatabaseUrl> =>
  Result.gen(function*() {
    if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return yield* invalid("is not a URL")
    const [, login = "", authority = "", path = "", query = ""] = FORM.exec(text) ?? []
    if (!FORM.test(text)) return yield* invalid("must begin with postgres://")
    // Else a part of a password would be taken for the host, and messages name the host.
    if (/[@#/]/.test(path)) return yield* invalid("has an @, # or / that is not percent-encoded")
    const [username, password] = yield* both(login)
    const parameters = yield* parametersIn(query)
    const of = (name: string) => parameters.get(name) || undefined
    yield* judgeSessionTarget(of("target_session_attrs"))
    const secret = of("password") ?? password
    return {
      hosts: yield* hostsIn(authority, of("host"), parameters.get("port")),
      username: of("user") ?? username,
      password: secret === undefined ? undefined : Redacted.make(secret),
      database: of("dbname") ?? ((yield* decode(path)) || undefined),
      encryption: yield* encryptionIn(of),
      applicationName: of("application_name"),
      options: of("options"),
      connectTimeout: yield* secondsIn(of("connect_timeout")),
      pooled: yield* switchIn(of("pgbouncer"))
    }
  })

const FORM = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is

const known: ReadonlySet<string> = new Set([
  "application_name",
  "connect_timeout",
  "dbname",
  "host",
  "options",
  "password",
  "pgbouncer",
  "port",
  "sslcert",
  "sslkey",
  "sslmode",
  "sslrootcert",
  "target_session_attrs",
  "user"
])

const parametersIn = (query: string) =>
  Result.gen(function*() {
    const parameters = new Map<string, string>()
    for (const pair of query.split("&").filter((pair) => pair !== "")) {
      const separator = pair.indexOf("=")
      const name = yield* decode(separator === -1 ? pair : pair.slice(0, separator))
      if (!known.has(name)) {
        // If a password isn't percent-encoded, part of it may look like a name.
        const isName = /^\w{1,40}$/.test(name) && !query.includes("@") && !parameters.has("password")
        return yield* invalid(`has ${isName ? `the parameter ${name}` : "a parameter"}, which is not known here`)
      }
      if (separator === -1) return yield* invalid(`has the parameter ${name} without a value`)
      parameters.set(name, yield* decode(pair.slice(separator + 1)))
    }
    return parameters
  })

const both = (login: string) =>
  Result.gen(function*() {
    const separator = login.indexOf(":")
    const username = yield* decode(separator === -1 ? login : login.slice(0, separator))
    const password = separator === -1 ? "" : yield* decode(login.slice(separator + 1))
    return [username || undefined, password || undefined]
  })

/** Parameters override the part before the path. There is one port for each host, or one for all of them. */
const hostsIn = (authority: string, host: string | undefined, port: string | undefined) =>
  Result.gen(function*() {
    const places = authority.split(",").map((place) => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(place) ?? [])
    const addresses = host?.split(",") ?? places.map(([, address]) => address)
    const ports = port?.split(",") ?? places.map(([, , port]) => port || DEFAULT_PORT)
    if (ports.length !== 1 && ports.length !== addresses.length) return yield* invalid("has not one port for each host")
    const hosts: Array<Host> = []
    for (const [index, address] of addresses.entries()) {
      const port = wholeNumberIn(PORTS, ports[ports.length === 1 ? 0 : index] ?? "")
      if (port === undefined) return yield* invalid("has an invalid port")
      hosts.push({ address: yield* addressIn(address), port })
    }
    return Array.isReadonlyArrayNonEmpty(hosts) ? hosts : yield* invalid("names no host")
  })

const DEFAULT_PORT = "5432"

const PORTS = { min: 1, max: 65_535 }

const addressIn = (text: string | undefined) =>
  Result.gen(function*() {
    if (text === undefined) return yield* invalid("has an invalid port")
    const address = yield* decode(text)
    if (address === "") return "localhost"
    const unbracketed = address.replace(/^\[(.*)\]$/, "$1")
    const isValid = address.startsWith("/") || Option.isSome(parseAddress(unbracketed)) ||
      /^[^\s/:@[\]#]+$/.test(address)
    return isValid ? unbracketed : yield* invalid("has an invalid host")
  })

const encryptionIn = (of: (name: string) => string | undefined) =>
  Result.gen(function*() {
    const [rootCertificate, certificate, key] = [of("sslrootcert"), of("sslcert"), of("sslkey")]
    const given = of("sslmode")
    const mode = sslModes.find((mode) => mode === (given ?? (rootCertificate === "system" ? "verify-full" : "prefer")))
    if (mode === undefined) return yield* invalid(`has an unknown sslmode: it may be ${sslModes.join(", ")}`)
    if (rootCertificate === "system" && mode !== "verify-full") {
      return yield* invalid("has sslrootcert=system, which takes sslmode=verify-full")
    }
    if (certificate !== undefined && key === undefined) return yield* invalid("has an sslcert without an sslkey")
    if (certificate === undefined && key !== undefined) return yield* invalid("has an sslkey without an sslcert")
    const client = certificate === undefined || key === undefined ? undefined : { certificate, key }
    return { mode, rootCertificate, client }
  })

// Standbys are never used, so these three values mean the same. The others would need a standby.
const judgeSessionTarget = (target: string | undefined) =>
  target === undefined || ["any", "primary", "read-write"].includes(target)
    ? Result.void
    : invalid("has a target_session_attrs other than read-write: only the primary is asked")

const secondsIn = (text: string | undefined) =>
  text === undefined || /^\d{1,9}$/.test(text)
    ? Result.succeed(Number(text ?? 0) || undefined)
    : invalid("has an invalid connect_timeout")

const switchIn = (text: string | undefined) =>
  text === undefined || text === "true" || text === "false"
    ? Result.succeed(text === "true")
    : invalid("has a pgbouncer that is neither true nor false")

const invalid = (reason: string) => Result.fail(new InvalidDatabaseUrl({ reason: `the database URL ${reason}` }))

const decode = (text: string) =>
  Result.mapError(
    Result.try(() => decodeURIComponent(text)),
    () => new InvalidDatabaseUrl({ reason: "the database URL has a % that begins no percent-encoded character" })
  )
