/** Signals that don't end the server. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { writeFile } from "node:fs/promises"
import { selfSignedCertificate } from "../support/self-signed-certificate.ts"
import { tlsFiles } from "../support/tls-files.ts"
import { https1Get } from "../support/tls-requests.ts"
import { request, serve, untilLogged, untilReadiness, usedDataDirectory } from "./IdentityProcess.ts"
import { kill, migrated, untilServing, workerPids } from "./WorkerProcesses.ts"

const statusUnder = (port: number, ca: string) =>
  Effect.map(https1Get(port, ca, "/sessions/me"), ({ status }) => status)

describe("a server", () => {
  it.live(
    "of two processes serves a new certificate after SIGHUP, and opens no debugger at SIGUSR1",
    () =>
      Effect.gen(function*() {
        const { cert, files } = yield* tlsFiles
        const server = yield* serve({
          ...yield* migrated,
          IDENTITY_TLS_CERT: files.cert,
          IDENTITY_TLS_KEY: files.key
        })
        yield* untilServing(server, 2)
        const port = Number(new URL(server.url).port)
        assert.strictEqual(yield* statusUnder(port, cert), 401)

        const renewed = selfSignedCertificate()
        yield* Effect.promise(() =>
          Promise.all([writeFile(files.cert, renewed.cert), writeFile(files.key, renewed.key)])
        )
        yield* kill(server.child.pid, "SIGHUP")
        yield* Effect.repeat(Effect.sync(() => server.log().match(/new certificate/g)?.length), {
          until: (workers) => workers === 2,
          schedule: Schedule.spaced("10 millis")
        }).pipe(Effect.timeout("10 seconds"))
        const statuses = yield* Effect.replicateEffect(statusUnder(port, renewed.cert), 4)
        assert.deepStrictEqual(statuses, [401, 401, 401, 401])

        for (const pid of [server.child.pid, ...workerPids(server).values()]) {
          yield* kill(pid, "SIGUSR1")
          yield* kill(pid, "SIGHUP")
        }
        yield* Effect.repeat(Effect.sync(() => server.log().match(/are the same/g)?.length), {
          until: (workers) => workers === 2,
          schedule: Schedule.spaced("10 millis")
        }).pipe(Effect.timeout("10 seconds"))
        assert.strictEqual(yield* statusUnder(port, renewed.cert), 401)
        assert.notInclude(server.log(), "Debugger")
        assert.notInclude(server.log(), "is replaced")
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )

  it.live("without TLS goes on after SIGHUP, and says that there was nothing to do", () =>
    Effect.gen(function*() {
      const server = yield* serve({ IDENTITY_DATA_DIR: yield* usedDataDirectory })
      yield* untilReadiness(server, 200)
      yield* kill(server.child.pid, "SIGUSR1")
      yield* kill(server.child.pid, "SIGHUP")
      yield* untilLogged(server, "SIGHUP does nothing here")
      assert.strictEqual((yield* request(`${server.url}/sessions/me`)).status, 401)
      assert.notInclude(server.log(), "Debugger")
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)
})
