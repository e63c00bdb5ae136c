/** Hashes leave threads to everything else, however many may run at once and wherever that is configured. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted, Schedule } from "effect"
import { migratedDatabase } from "./Database.ts"
import { emptyDirectory, request, serve, untilReadiness } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"

/** As many as libuv has threads unless it is told. */
const HASHES = 4

const migrated = Effect.gen(function*() {
  const { url } = yield* migratedDatabase
  return {
    IDENTITY_DATABASE_URL: Redacted.value(url),
    IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
    IDENTITY_RATE_LIMITS: "off",
    // Each hash takes seconds.
    IDENTITY_ARGON2_MEMORY_KIB: "65536",
    IDENTITY_ARGON2_TIME_COST: "100"
  }
})

const signUp = (server: Server, number: number) =>
  request(`${server.url}/accounts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: `ada${number}@example.com`, password: "a well kept secret", display_name: "Ada" }),
    signal: AbortSignal.timeout(30_000)
  })

/** Waits until this many hashes have begun, none of them waiting for another. */
const untilHashing = (server: Server) =>
  request(`${server.managementUrl}/metrics`).pipe(
    Effect.flatMap((response) => Effect.promise(() => response.text())),
    Effect.filterOrFail((metrics) =>
      metrics.includes(`http_server_active_requests{http_request_method="POST"} ${HASHES}\n`) &&
      metrics.includes("identity_password_hash_queue_length 0\n")
    ),
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeout("30 seconds")
  )

/** A page is compressed on one of the threads that hash. */
const pageBeforeHashes = Effect.fnUntraced(function*(variables: Variables) {
  const server = yield* serve(variables)
  yield* untilReadiness(server, 200)
  let hashed = 0
  yield* Effect.forkChild(
    Effect.forEach(
      Array.from({ length: HASHES }, (_, number) => number),
      (number) => Effect.tap(signUp(server, number), () => Effect.sync(() => hashed += 1)),
      { concurrency: "unbounded" }
    )
  )
  yield* untilHashing(server)
  const page = yield* request(`${server.url}/docs`, {
    headers: { "accept-encoding": "gzip" },
    signal: AbortSignal.timeout(30_000)
  })
  assert.strictEqual(page.headers.get("content-encoding"), "gzip")
  assert.include(yield* Effect.promise(() => page.text()), "</html>")
  assert.strictEqual(hashed, 0)
  assert.notInclude(server.log(), "UV_THREADPOOL_SIZE")
})

describe("a server with every hash it may run under way", () => {
  it.live("still compresses a page at once", () =>
    Effect.gen(function*() {
      yield* pageBeforeHashes({ ...yield* migrated, IDENTITY_HASH_CONCURRENCY: String(HASHES) })
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it.live("also if that many is written in a file, or fewer threads were asked for", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const secrets = yield* emptyDirectory
      yield* fs.writeFileString(`${secrets}/IDENTITY_HASH_CONCURRENCY`, String(HASHES))
      yield* pageBeforeHashes({ ...yield* migrated, IDENTITY_SECRETS_DIR: secrets, UV_THREADPOOL_SIZE: "2" })
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)
})
