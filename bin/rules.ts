/** What settings demand of each other and of the machine. Judged together with each setting's own syntax. */
import { Duration, Effect, FileSystem, Option, Result } from "effect"
import { readCertificate } from "../src/adapters/http/listener/TlsFiles.ts"
import { judgeTlsFiles } from "../src/adapters/postgres/connection/DatabaseEncryption.ts"
import { parse } from "../src/adapters/postgres/connection/DatabaseUrl.ts"
import type { Texts } from "../src/platform/configuration/Configuration.ts"
import { SECRETS_DIR } from "../src/platform/configuration/Sources.ts"
import { parseDuration } from "../src/platform/configuration/Syntax.ts"
import type { SettingProblem } from "../src/platform/process/CommandFailed.ts"

export const judge = Effect.fnUntraced(function*(texts: Texts) {
  const files = yield* Effect.all([
    readable(texts, "IDENTITY_TLS_CERT", "File"),
    readable(texts, "IDENTITY_TLS_KEY", "File"),
    readable(texts, SECRETS_DIR, "Directory")
  ])
  const unreadable = files.flat()
  const mismatch = unreadable.length === 0 ? yield* certificate(texts) : []
  return [
    ...needed(texts),
    ...peppers(texts),
    ...tlsPair(texts),
    ...listeners(texts),
    ...sessionTimes(texts),
    ...unreadable,
    ...mismatch,
    ...(yield* databaseFiles(texts))
  ]
})

/** What is wrong with the URL itself is told by its own syntax. */
const databaseFiles = Effect.fnUntraced(function*({ textOf }: Texts) {
  const name = "IDENTITY_DATABASE_URL"
  const url = Result.getOrUndefined(parse(textOf(name) ?? ""))
  return url === undefined ? [] : yield* judgeTlsFiles(url.encryption).pipe(
    Effect.as([]),
    Effect.catchTag(
      "InvalidDatabaseUrl",
      ({ reason }) => Effect.succeed([{ name, problem: `can't be used: ${reason}` }])
    )
  )
})

const certificate = Effect.fnUntraced(function*({ textOf }: Texts) {
  const [cert, key] = [textOf("IDENTITY_TLS_CERT"), textOf("IDENTITY_TLS_KEY")]
  if (cert === undefined || key === undefined) return []
  const problem = "must name a certificate in PEM whose private key is in IDENTITY_TLS_KEY"
  return yield* readCertificate({ cert, key }).pipe(
    Effect.as([]),
    Effect.orElseSucceed((): ReadonlyArray<SettingProblem> => [{ name: "IDENTITY_TLS_CERT", problem }])
  )
})

const needed = ({ isGiven, textOf }: Texts): ReadonlyArray<SettingProblem> => {
  if (isGiven("IDENTITY_DATABASE_URL")) {
    return isGiven("IDENTITY_SIGNING_KEYS") ? [] : [{
      name: "IDENTITY_SIGNING_KEYS",
      problem: "is missing: with IDENTITY_DATABASE_URL it is required; `identity generate-signing-key` prints one"
    }]
  }
  return textOf("IDENTITY_DATA_DIR") === undefined
    ? [{
      name: "IDENTITY_DATA_DIR",
      problem: "is missing: there is no home directory to put the embedded database in, so name a directory"
    }]
    : []
}

/** One secret for two purposes would have to be given up twice when either of them leaks. */
const peppers = ({ textOf }: Texts): ReadonlyArray<SettingProblem> => {
  const signingKeys = secretsIn(textOf("IDENTITY_SIGNING_KEYS"))
  return secretsIn(textOf("IDENTITY_PASSWORD_PEPPERS")).some((pepper) => signingKeys.includes(pepper))
    ? [{ name: "IDENTITY_PASSWORD_PEPPERS", problem: "must not repeat a key of IDENTITY_SIGNING_KEYS" }]
    : []
}

const secretsIn = (ring: string | undefined): ReadonlyArray<string> =>
  (ring ?? "").split(",").flatMap((entry) => entry.trim().split(":")[1] ?? [])

const tlsPair = ({ isGiven }: Texts): ReadonlyArray<SettingProblem> => {
  const [given, absent] = isGiven("IDENTITY_TLS_CERT")
    ? ["IDENTITY_TLS_CERT", "IDENTITY_TLS_KEY"]
    : ["IDENTITY_TLS_KEY", "IDENTITY_TLS_CERT"]
  return isGiven(given) && !isGiven(absent)
    ? [{ name: absent, problem: `is missing: ${given} is set, and HTTPS needs both` }]
    : []
}

/** One that is longer would never end a session. */
const sessionTimes = ({ textOf }: Texts): ReadonlyArray<SettingProblem> => {
  const [idle, longest] = ["IDENTITY_SESSION_IDLE_TIMEOUT", "IDENTITY_SESSION_MAX_LIFETIME"].map((name) =>
    Option.getOrUndefined(parseDuration(textOf(name) ?? ""))
  )
  return idle !== undefined && longest !== undefined && Duration.isGreaterThan(idle, longest)
    ? [{
      name: "IDENTITY_SESSION_IDLE_TIMEOUT",
      problem: "must not be longer than IDENTITY_SESSION_MAX_LIFETIME, which ends sessions anyway"
    }]
    : []
}

const listeners = ({ textOf }: Texts): ReadonlyArray<SettingProblem> =>
  textOf("IDENTITY_PORT") === textOf("IDENTITY_MANAGEMENT_PORT") &&
    textOf("IDENTITY_HOST") === textOf("IDENTITY_MANAGEMENT_HOST")
    ? [{
      name: "IDENTITY_MANAGEMENT_PORT",
      problem: "must differ from IDENTITY_PORT: metrics and health checks are not for the public"
    }]
    : []

const readable = Effect.fnUntraced(function*({ textOf }: Texts, name: string, type: "File" | "Directory") {
  const path = textOf(name)
  if (path === undefined) return []
  const fs = yield* FileSystem.FileSystem
  const found = yield* fs.access(path, { readable: true }).pipe(
    Effect.andThen(fs.stat(path)),
    Effect.map((status) => status.type === type),
    Effect.orElseSucceed(() => false)
  )
  const problem = `must name a ${type.toLowerCase()} that can be read, not ${JSON.stringify(path)}`
  return found ? [] : [{ name, problem }]
})
