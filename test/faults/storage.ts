/** F4 and F5: the database can be read, and not be written to. */
import { Duration, Effect } from "effect"
import { execFileSync } from "node:child_process"
import { chmodSync, closeSync, openSync, rmSync, writeSync } from "node:fs"
import { administer } from "../adapters/postgres/DisposableServer.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { least, most, none, NotPossible, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import type { Exchange, Kind } from "./Recorder.ts"
import { makeWorld, RECOVERY_SECONDS, untilWell, untilWritable } from "./World.ts"
import type { World } from "./World.ts"

const CROWD = { size: 8, pauseMs: 10 } as const

const READING: ReadonlyArray<Kind> = ["check", "list"]

/** A crowd at work before, while and after nothing can be written; answers what came of it. */
const whileUnwritable = Effect.fnUntraced(function*<R>(
  world: World,
  begin: Effect.Effect<void, never, R>,
  end: Effect.Effect<void, never, R>
) {
  const { plan } = yield* Trial
  const { recorder } = world
  const session = yield* world.signedIn
  const lasting = plan.full ? 20 : 4
  const pause = Effect.sleep(Duration.seconds(lasting / 2))
  const found = yield* world.during(
    CROWD,
    Effect.gen(function*() {
      yield* pause
      yield* begin
      const from = performance.now()
      yield* Effect.sleep(Duration.seconds(lasting))
      const to = performance.now()
      yield* end
      const seconds = (yield* untilWell(world, session)) + (yield* untilWritable(world, session))
      yield* pause
      return { from, to, seconds }
    })
  )
  const meanwhile = recorder.exchanges.filter(({ answeredAt, sentAt }) =>
    sentAt >= found.from && answeredAt <= found.to
  )
  const reads = meanwhile.filter(({ kind }) => READING.includes(kind))
  const writes = meanwhile.filter(({ kind }) => !READING.includes(kind))
  return { reads, writes, recovery: most("recovery", found.seconds, RECOVERY_SECONDS, "s") }
})

const are = (exchanges: ReadonlyArray<Exchange>, status: number) => exchanges.filter((it) => it.status === status)

const readOnly = Effect.gen(function*() {
  const world = yield* makeWorld()
  yield* world.start()
  const { url } = world.database
  const set = (value: "off" | "on") =>
    Effect.andThen(
      administer(url, `ALTER SYSTEM SET default_transaction_read_only = ${value}`),
      administer(url, "SELECT pg_reload_conf()")
    ).pipe(
      // Every backend reads its settings before its next statement, and the postmaster tells them a moment later.
      Effect.andThen(Effect.sleep("300 millis")),
      Effect.orDie
    )
  const { reads, recovery, writes } = yield* whileUnwritable(world, set("on"), set("off"))
  return [
    least("reads answered meanwhile", reads.length, 10),
    none("of them with 503", are(reads, 503)),
    least("writes refused", are(writes, 503).length, 1),
    none("writes acknowledged", writes.filter(({ status }) => status >= 200 && status < 300)),
    recovery,
    ...yield* world.judged
  ]
})

const DISK_MB = 96

/** A file system of its own, as small as a cluster can be. */
const smallDisk = Effect.gen(function*() {
  const directory = yield* temporaryDirectory("identity-disk-")
  const mount = Effect.try({
    try: () =>
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MB}m`, "tmpfs", directory], { stdio: "ignore" }),
    catch: () => new NotPossible({ message: "this user may not mount a file system" })
  })
  yield* Effect.acquireRelease(mount, () => Effect.sync(() => execFileSync("umount", ["--lazy", directory])))
  chmodSync(directory, 0o755)
  return directory
})

/** Takes all the place that is left. */
const fill = (file: string): void => {
  const descriptor = openSync(file, "w")
  try {
    for (const size of [2 ** 20, 4096]) {
      try {
        while (writeSync(descriptor, Buffer.alloc(size)) === size);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

const fullDisk = Effect.gen(function*() {
  const disk = yield* smallDisk
  const world = yield* makeWorld({ place: disk })
  yield* world.start()
  const filler = `${disk}/filler`
  const { reads, recovery, writes } = yield* whileUnwritable(
    world,
    Effect.sync(() => fill(filler)),
    Effect.sync(() => rmSync(filler))
  )
  return [
    least("reads answered meanwhile", reads.length, 10),
    none("of them with 503", are(reads, 503)),
    least("writes refused", are(writes, 503).length, 1),
    recovery,
    ...yield* world.judged
  ]
})

export const storageFaults: ReadonlyArray<Fault> = [
  { id: "F4", title: "The disk of Postgres is full", run: fullDisk },
  { id: "F5", title: "Postgres is read-only", run: readOnly }
]
