/**
 * What a fault is let loose on: the published executable on a Postgres server of its own, and a crowd that uses it.
 */
import { Context, Duration, Effect, Layer, Redacted, Schedule } from "effect"
import { mkdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { setTimeout as pause } from "node:timers/promises"
import { DisposableServer } from "../adapters/postgres/DisposableServer.ts"
import { identity, serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import type { Server, Variables } from "../e2e/IdentityProcess.ts"
import { cutIn, judge } from "./Checker.ts"
import { checkOf, Crowd, renameOf } from "./Crowd.ts"
import type { CrowdOptions } from "./Crowd.ts"
import { Dice } from "./Dice.ts"
import { most, none, Trial } from "./Fault.ts"
import type { Figure } from "./Fault.ts"
import { millisecondsOf, Recorder } from "./Recorder.ts"
import type { Asked, Exchange, Session } from "./Recorder.ts"
import { readStored } from "./Stored.ts"

const SIGNING_KEYS = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

/** What no request may take longer than, and how soon everything is well again. */
const ANSWER_SECONDS = 5
export const RECOVERY_SECONDS = 3

export interface WorldOptions {
  /** Of Postgres. */
  readonly settings?: Variables
  /** Where Postgres keeps its data: on a disk unless said. */
  readonly place?: string
  /** Of the service. */
  readonly variables?: Variables
}

export const makeWorld = Effect.fnUntraced(
  function*({ place = tmpdir(), settings = {}, variables = {} }: WorldOptions = {}) {
    const { id, plan } = yield* Trial
    const database = Context.get(
      yield* Layer.build(Layer.fresh(DisposableServer.layerWith({ log_min_messages: "panic", ...settings }, place))),
      DisposableServer
    )
    const own: Variables = {
      IDENTITY_DATABASE_URL: Redacted.value(database.url),
      IDENTITY_SIGNING_KEYS: SIGNING_KEYS,
      IDENTITY_RATE_LIMITS: "off",
      IDENTITY_LOG_LEVEL: "warn",
      ...variables
    }
    const migrated = yield* identity(["migrate"], own)
    if (migrated.exitCode !== 0) return yield* Effect.die(new Error(migrated.stderr))

    const recorder = yield* Effect.acquireRelease(
      Effect.sync(() => new Recorder()),
      (recorder) =>
        Effect.sync(() => {
          mkdirSync(plan.output, { recursive: true })
          recorder.write(`${plan.output}/${id}.jsonl`)
          recorder.close()
        })
    )
    const servers: Array<string> = []
    const crowd = new Crowd(recorder, () => servers, plan.seed)

    /** Starts a server that the crowd asks from now on, and answers it once it is ready. */
    const start = Effect.fnUntraced(function*(more: Variables = {}) {
      const server = yield* serve({ ...own, ...more })
      yield* Effect.orDie(untilReadiness(server, 200))
      servers.push(server.url)
      return server
    })

    return {
      database,
      variables: own,
      recorder,
      servers,
      crowd,
      dice: new Dice(plan.seed),
      start,
      /** Has nobody ask a server any more. */
      forget: (server: Server) => void servers.splice(servers.indexOf(server.url), 1),
      /** Has a crowd at work while an effect runs. */
      during: <A, E, R>(options: CrowdOptions, effect: Effect.Effect<A, E, R>) =>
        Effect.acquireUseRelease(
          Effect.sync(() => crowd.start(options)),
          () => effect,
          () => Effect.promise(() => crowd.stop())
        ),
      /** Somebody who is signed in, for probes. */
      signedIn: Effect.suspend(() => signIn(recorder, servers[0] ?? "")),
      /** Settles what is in doubt, and judges all that was answered. */
      judged: Effect.andThen(
        Effect.promise(() => crowd.settle()),
        Effect.suspend(() => judged(recorder.exchanges, database.url, own))
      )
    }
  }
)

export type World = Effect.Success<ReturnType<typeof makeWorld>>

/** Holds what was answered against a database. */
export const judged = (exchanges: ReadonlyArray<Exchange>, url: Redacted.Redacted, variables: Variables) =>
  Effect.map(readStored(url, variables), (stored) => figuresOf(exchanges, judge(exchanges, stored)))

const figuresOf = (exchanges: ReadonlyArray<Exchange>, judgement: ReturnType<typeof judge>): ReadonlyArray<Figure> => {
  const { acknowledged, doubled, ended, half, lost, revived, unaudited, wrong } = judgement
  for (const finding of [doubled, ended, half, lost, revived, unaudited, wrong]) {
    for (const text of finding.slice(0, 5)) process.stderr.write(`  ${text}\n`)
  }
  return [
    none(`lost of ${acknowledged} acknowledged writes`, lost),
    none("sessions accepted after their end or refused before it", [...revived, ...ended]),
    none("done twice, in part or without its entry in the audit log", [...doubled, ...half, ...unaudited]),
    none("answers other than its own or 503 with Retry-After", wrong),
    most("longest answer", longestOf(exchanges), ANSWER_SECONDS, "s")
  ]
}

/** In seconds, cut ones included. */
const longestOf = (exchanges: ReadonlyArray<Exchange>): number =>
  exchanges.reduce((longest, exchange) => Math.max(longest, millisecondsOf(exchange)), 0) / 1000

/** Answers whose connection was cut, where none may be. */
export const cut = (exchanges: ReadonlyArray<Exchange>): Figure => none("accepted requests cut", cutIn(exchanges))

const PROBE = { email: "probe@example.com", password: "a well kept secret", display_name: "Probe" }

const signIn = (recorder: Recorder, url: string): Effect.Effect<Session> =>
  Effect.promise(async () => {
    const { email, password } = PROBE
    await recorder.send(url, { kind: "sign-up", method: "POST", path: "/accounts", email, json: PROBE })
    const { body } = await recorder.send(url, {
      kind: "sign-in",
      method: "POST",
      path: "/sessions",
      email,
      json: { email, password }
    })
    return { id: String(body["id"]), token: String(body["token"]) }
  })

/** How many seconds it takes until a session check is answered with 200. */
export const untilWell = (world: World, session: Session): Effect.Effect<number> =>
  untilDone(world, checkOf(PROBE.email, session))

/** The same for a change of a name. */
export const untilWritable = (world: World, session: Session): Effect.Effect<number> =>
  untilDone(world, renameOf(PROBE.email, session, PROBE.display_name))

const untilDone = ({ recorder, servers }: World, asked: Asked): Effect.Effect<number> =>
  Effect.promise(async () => {
    const begun = performance.now()
    for (;;) {
      const { status } = await recorder.send(servers[0] ?? "", asked)
      if (status === 200) return (performance.now() - begun) / 1000
      await pause(10)
    }
  })

/** Asks until a condition holds; answers how many seconds that took. */
export const secondsUntil = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.timed(
    Effect.repeat(condition, { until: (holds) => holds, schedule: Schedule.spaced("20 millis") }).pipe(
      Effect.timeout("60 seconds")
    )
  ).pipe(Effect.map(([duration]) => Duration.toSeconds(duration)))
