/** F15: a backup made under load is restored elsewhere. */
import * as PgClient from "@effect/sql-pg/PgClient"
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import { Effect } from "effect"
import { Reactivity } from "effect/reactivity"
import { spawnSync } from "node:child_process"
import { chownSync, rmSync, statSync, writeFileSync } from "node:fs"
import { PristineCluster } from "../support/pristine-cluster.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { asKnownAt } from "./Checker.ts"
import { least, most, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import { judged, makeWorld, untilWell } from "./World.ts"
import type { World } from "./World.ts"

/** Copies a cluster that runs. Files change meanwhile: its write-ahead log, which is copied last, makes them whole. */
const backup = Effect.fnUntraced(
  function*({ database }: World) {
    const copy = `${yield* temporaryDirectory("identity-backup-")}/cluster`
    const sql = yield* PgClient.makeClient({ url: database.url })
    yield* sql.unsafe("SELECT pg_backup_start('faults', true)::text")
    // It says 1 when a file went while it was read.
    spawnSync("cp", ["-pR", database.directory, copy])
    const until = performance.now()
    const [row] = yield* sql.unsafe<PgConnection.Row>("SELECT labelfile FROM pg_backup_stop(false)")
    spawnSync("cp", ["-pR", `${database.directory}/pg_wal`, copy])
    const label = `${copy}/backup_label`
    writeFileSync(label, String(row?.["labelfile"]))
    const { gid, uid } = statSync(copy)
    chownSync(label, uid, gid)
    rmSync(`${copy}/postmaster.pid`, { force: true })
    return { copy, until }
  },
  Effect.provide(Reactivity.layer),
  Effect.orDie
)

const restore = Effect.gen(function*() {
  const { plan } = yield* Trial
  const world = yield* makeWorld()
  yield* world.start()
  const session = yield* world.signedIn
  const some = plan.full ? "10 seconds" : "2 seconds"
  const { copy, until } = yield* world.during(
    { size: 8 },
    Effect.sleep(some).pipe(Effect.andThen(backup(world)), Effect.tap(Effect.sleep(some)))
  )
  const restored = yield* Effect.provideService(makeWorld(), PristineCluster, copy)
  yield* restored.start()
  const seconds = yield* untilWell(restored, session)
  const exchanges = asKnownAt(world.recorder.exchanges, until)
  return [
    least("requests before the end of the backup", exchanges.filter(({ status }) => status !== 0).length, 50),
    most("until a session of before is accepted", seconds, 3, "s"),
    ...yield* judged(exchanges, restored.database.url, restored.variables)
  ]
})

export const backupFaults: ReadonlyArray<Fault> = [
  { id: "F15", title: "A backup made under load is restored", run: restore }
]
