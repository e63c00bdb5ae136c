/** What `docs/guides/backup.md` has operators do, while people write. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { writeFileSync } from "node:fs"
import { administer, until } from "../adapters/postgres/DisposableServer.ts"
import { identity, serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import { documentedStatements } from "../security/DocumentedRole.ts"
import { isFull, printFigures } from "./Extent.ts"
import { installedPostgres, makeCluster, runTool, startCluster, writableDirectory } from "./InstalledPostgres.ts"
import { Writers } from "./Writers.ts"

const WRITERS = 4

const Emails = Schema.Array(Schema.Struct({ email: Schema.String }))

const emailsIn = (url: Redacted.Redacted) =>
  administer(url, "SELECT email FROM accounts").pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(Emails)),
    Effect.map((rows) => new Set(rows.map(({ email }) => email)))
  )

const settingsOf = (url: Redacted.Redacted) => ({
  IDENTITY_DATABASE_URL: Redacted.value(url),
  IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
  IDENTITY_RATE_LIMITS: "off"
})

const command = Effect.fnUntraced(function*(args: ReadonlyArray<string>, url: Redacted.Redacted) {
  const { exitCode, stderr, stdout } = yield* identity(args, settingsOf(url))
  assert.strictEqual(exitCode, 0, stdout + stderr)
  return stdout
})

/** An installation as the guides have it: a database with an owner, a role for servers, and its log archived. */
const installation = Effect.gen(function*() {
  const directory = yield* writableDirectory
  yield* makeCluster(`${directory}/main`)
  const archive = `${directory}/archive`
  const server = yield* startCluster(`${directory}/main`, {
    archive_mode: "on",
    archive_command: `mkdir -p ${archive} && test ! -f ${archive}/%f && cp %p ${archive}/%f`
  })
  const postgres = server.urlOf("postgres", "postgres")
  yield* administer(postgres, "CREATE ROLE identity_owner LOGIN CREATEROLE")
  yield* administer(postgres, "CREATE DATABASE identity OWNER identity_owner ENCODING 'UTF8' TEMPLATE template0")
  yield* command(["migrate"], server.urlOf("identity_owner", "identity"))
  for (const statement of documentedStatements) yield* administer(server.urlOf("postgres", "identity"), statement)
  return { server, directory, archive, postgres }
})

describe.skipIf(installedPostgres === undefined)("with the tools of Postgres, when they are here", () => {
  it.live(
    "a dump made under load has what was acknowledged before, a restore proves it by a checkpoint, and the archive restores an instant",
    () =>
      Effect.gen(function*() {
        const { archive, directory, postgres, server } = yield* installation
        const url = server.urlOf("identity_server", "identity")
        const running = yield* serve(settingsOf(url))
        yield* untilReadiness(running, 200)
        const writers = new Writers(running.url)
        const written = Effect.suspend(() => {
          const already = writers.acknowledgedAt.length
          return Effect.repeat(Effect.sleep("10 millis"), {
            until: () => writers.acknowledgedAt.length >= already + 40
          })
        })
        const known = () => ({ accounts: [...writers.acknowledged.accounts], live: [...writers.acknowledged.live] })
        const [checkpoint, dump] = [`${directory}/audit.txt`, `${directory}/identity.dump`]

        const { atDump, atInstant, instant } = yield* writers.during(
          WRITERS,
          Effect.gen(function*() {
            yield* runTool("pg_basebackup", [
              `--pgdata=${directory}/base`,
              "--checkpoint=fast",
              `--dbname=${Redacted.value(postgres)}`
            ])
            yield* written
            const atInstant = known()
            const [row] = yield* administer(postgres, "SELECT clock_timestamp()::text AS now")
            yield* written
            yield* command(["audit-log", "--checkpoint", checkpoint], url)
            const atDump = { ...known(), ended: [...writers.acknowledged.ended] }
            yield* runTool("pg_dump", [
              "--format=custom",
              `--file=${dump}`,
              Redacted.value(server.urlOf("identity_owner", "identity"))
            ])
            yield* written
            return { atDump, atInstant, instant: String(row?.["now"]) }
          })
        )

        yield* administer(
          postgres,
          "CREATE DATABASE identity_restored OWNER identity_owner ENCODING 'UTF8' TEMPLATE template0"
        )
        const restored = server.urlOf("identity_owner", "identity_restored")
        yield* runTool("pg_restore", ["--exit-on-error", "--no-owner", `--dbname=${Redacted.value(restored)}`, dump])
        for (const statement of documentedStatements.filter((it) => it.includes(" ON DATABASE "))) {
          yield* administer(restored, statement.replace("DATABASE identity ", "DATABASE identity_restored "))
        }
        assert.include(yield* command(["migrate", "--dry-run"], restored), "up to date")
        const asServer = server.urlOf("identity_server", "identity_restored")
        const verified = yield* command(["audit-log", "--verify", "--since-checkpoint", checkpoint], asServer)
        const kept = yield* emailsIn(restored)
        const successor = yield* serve(settingsOf(asServer))
        yield* untilReadiness(successor, 200)
        const sessions = new Writers(successor.url)
        const statuses = (tokens: ReadonlyArray<string>) =>
          Effect.forEach(tokens, (token) => Effect.promise(() => sessions.check(token)))
        // Others ended while the dump began.
        const live = atDump.live.filter(([email]) => writers.acknowledged.live.has(email)).map(([, token]) => token)
        const lost = [
          ...atDump.accounts.filter((email) => !kept.has(email)),
          ...(yield* statuses(live)).filter((status) => status !== 200),
          ...(yield* statuses(atDump.ended)).filter((status) => status !== 401)
        ]
        yield* command(["revoke-sessions", "--all-accounts", "--yes"], asServer)
        const revived = (yield* statuses(live)).filter((status) => status !== 401)
        const figures = {
          acknowledged: atDump.accounts.length + live.length + atDump.ended.length,
          lost: lost.length,
          verified: verified.trim().split("\n").at(-1)
        }
        yield* printFigures("dump and restore", figures)
        assert.deepStrictEqual([lost, revived, writers.wrong], [[], [], []])

        if (!(yield* isFull)) return
        const [last] = yield* administer(postgres, "SELECT pg_walfile_name(pg_switch_wal()) AS file")
        yield* until(postgres, `SELECT last_archived_wal >= '${last?.["file"]}' AS holds FROM pg_stat_archiver`)
        yield* server.kill
        const base = `${directory}/base`
        writeFileSync(`${base}/recovery.signal`, "")
        const recovered = yield* startCluster(base, {
          restore_command: `cp ${archive}/%f %p`,
          recovery_target_time: instant,
          recovery_target_action: "promote"
        })
        const then = yield* emailsIn(recovered.urlOf("postgres", "identity"))
        const missing = atInstant.accounts.filter((email) => !then.has(email))
        const surplus = writers.acknowledged.accounts.slice(-10).filter((email) => then.has(email))
        yield* printFigures("point in time", { acknowledged: atInstant.accounts.length, lost: missing.length })
        assert.deepStrictEqual([missing, surplus], [[], []])
      }),
    600_000
  )
})
