/** The services in Python and Go of `examples/behind-nginx`, asked directly, as a gateway would. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Layer, Option, Schedule, Schema } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { parseNetwork } from "../../src/domain/model/IpAddress.ts"
import { freePorts } from "../e2e/IdentityProcess.ts"
import { listening } from "../support/RunningServer.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { ADA, APP_ORIGIN, bearer, PUBLIC_URL } from "../support/TestIdentity.ts"

interface Example {
  readonly name: string
  readonly method: string
  /** Of its language. */
  readonly tool: readonly [program: string, word: string]
  /** Compiles it, where that is needed. */
  readonly compile: (directory: string) => void
  readonly command: (
    directory: string,
    port: number,
    identity: string
  ) => readonly [string, ...ReadonlyArray<string>]
  /** The second answer to Ada. */
  readonly answer: unknown
}

const folder = (name: string) => fileURLToPath(new URL(`../../examples/behind-nginx/${name}`, import.meta.url))

const examples: ReadonlyArray<Example> = [
  {
    name: "visits",
    method: "POST",
    tool: ["python3", "--version"],
    compile: () => undefined,
    command: (
      _,
      port,
      identity
    ) => ["python3", folder("visits/visits.py"), "--port", `${port}`, "--identity", identity],
    answer: { visits: 2 }
  },
  {
    name: "greeting",
    method: "GET",
    tool: ["go", "version"],
    compile: (directory) => {
      const { stderr } = spawnSync("go", ["build", "-o", directory, "."], { cwd: folder("greeting"), encoding: "utf8" })
      assert.strictEqual(stderr, "")
    },
    command: (directory, port, identity) => [
      `${directory}/greeting`,
      "-address",
      `127.0.0.1:${port}`,
      "-identity",
      identity
    ],
    answer: { greeting: "Hello, Ada <Lövelace>" }
  }
]

const serviceOf = Effect.fnUntraced(function*({ command, compile }: Example, identity: string) {
  const directory = yield* temporaryDirectory("identity-example-")
  compile(directory)
  const [port] = yield* freePorts
  const [program, ...words] = command(directory, port, identity)
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(program, words, { stdio: "ignore" })),
    (child) =>
      Effect.promise(async () => {
        child.kill("SIGTERM")
        if (child.exitCode === null && child.signalCode === null) await once(child, "close")
      })
  )
  assert.isDefined(child.pid)
  yield* Effect.tryPromise(() => fetch(`http://127.0.0.1:${port}/`)).pipe(
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeout("10 seconds")
  )
  return `http://127.0.0.1:${port}`
})

/** A server that signs Ada in, and an example that asks it. */
class World extends Context.Service<World, {
  readonly identity: string
  readonly service: string
  readonly signIn: Effect.Effect<string>
}>()("identityd/test/examples/World") {
  static readonly layer = (example: Example) =>
    Layer.effect(
      World,
      Effect.gen(function*() {
        const identity = `http://127.0.0.1:${yield* listening({
          trustedProxies: Option.toArray(parseNetwork("127.0.0.0/8")),
          allowedOrigins: [APP_ORIGIN],
          publicUrl: PUBLIC_URL
        })}`
        const post = (path: string, body: unknown) =>
          Effect.promise(async () => {
            const headers = { "content-type": "application/json" }
            const answer = await fetch(identity + path, { method: "POST", headers, body: JSON.stringify(body) })
            return answer.json()
          })
        yield* post("/accounts", { ...ADA, display_name: "Ada <Lövelace>" })
        const signIn = Effect.map(
          post("/sessions", { email: ADA.email, password: ADA.password }),
          (session) => Schema.decodeUnknownSync(Schema.Struct({ token: Schema.String }))(session).token
        )
        return World.of({ identity, service: yield* serviceOf(example, identity), signIn })
      })
    )
}

const ask = (url: string, method: string, headers: Readonly<Record<string, string>>) =>
  Effect.promise(async () => {
    const answer = await fetch(url, { method, headers: { connection: "close", ...headers } })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  })

const cookie = (token: string) => ({ cookie: `__Host-identity-session=${token}; theme=dark` })

describe.each(examples)("$name", (example) => {
  const { method, name, tool: [tool, ...words] } = example
  const absent = spawnSync(tool, words).status !== 0
  if (absent) return it.skipIf(absent)(`is not run, because ${tool} is not installed here`, () => assert.fail())

  layer(World.layer(example), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    const asked = (headers: Readonly<Record<string, string>>) =>
      Effect.flatMap(World, ({ service }) => ask(`${service}/${name}`, method, headers))

    it.effect("answers a live session, by token and by the cookie of a page of the same origin", () =>
      Effect.gen(function*() {
        const token = yield* (yield* World).signIn
        yield* asked(bearer(token))
        const { headers, status, text } = yield* asked({ ...cookie(token), origin: APP_ORIGIN })
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(JSON.parse(text), example.answer)
        assert.strictEqual(headers.get("cache-control"), "no-store")
      }))

    it.effect("[ASVS 8.3.2] refuses callers that have no session, claim one, or had one a moment ago", () =>
      Effect.gen(function*() {
        const { identity, signIn } = yield* World
        const token = yield* signIn
        assert.strictEqual((yield* ask(`${identity}/sessions/me`, "DELETE", bearer(token))).status, 204)
        for (const headers of [{}, { "identity-account-id": "acct_spoofed" }, bearer("forged"), bearer(token)]) {
          const refused = yield* asked(headers)
          assert.strictEqual(refused.status, 401)
          assert.strictEqual(refused.headers.get("www-authenticate"), "Bearer")
          assert.strictEqual(refused.headers.get("content-type"), "application/problem+json")
        }
        const dead = { ...cookie(token), origin: APP_ORIGIN }
        assert.include((yield* asked(dead)).headers.get("set-cookie") ?? "", "__Host-identity-session=;")
      }))

    it.effect.skipIf(method === "GET")(
      "[ASVS 3.5.1] refuses a change by the cookie from another site's page",
      () =>
        Effect.gen(function*() {
          const token = yield* (yield* World).signIn
          for (const origin of [{}, { origin: "https://evil.example" }, { "x-original-method": "GET" }]) {
            assert.strictEqual((yield* asked({ ...cookie(token), ...origin })).status, 403)
          }
        })
    )

    it.effect("[ASVS 16.5.3] says that nobody can tell, when identity can't be asked", () =>
      Effect.gen(function*() {
        const [nobody] = yield* freePorts
        const service = yield* serviceOf(example, `http://127.0.0.1:${nobody}`)
        const { headers, status } = yield* ask(`${service}/${name}`, method, bearer("a"))
        assert.deepStrictEqual([status, headers.get("retry-after")], [503, "1"])
      }))
  })
})
