/** A server survives clients that reset their connections. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect } from "node:net"
import { connect as connectTls } from "node:tls"
import { tlsFiles } from "../support/tls-files.ts"
import { request, serve, untilReadiness } from "./IdentityProcess.ts"
import { migrated } from "./WorkerProcesses.ts"

const CONNECT = "CONNECT other.example:443 HTTP/1.1\r\nhost: other.example\r\n\r\n"

/** Sends bytes on a new connection and resets it after this many milliseconds. */
const giveUp = (port: number, ca: string | undefined, text: string, afterMs: number) =>
  Effect.callback<void>((resume) => {
    const socket = connect({ host: "127.0.0.1", port })
    const speaker = ca === undefined ? socket : connectTls({ socket, ca })
    speaker.on("error", () => undefined).once(ca === undefined ? "connect" : "secureConnect", () => {
      speaker.write(text)
      setTimeout(() => socket.resetAndDestroy(), afterMs)
    })
    socket.on("error", () => undefined).once("close", () => resume(Effect.void))
  })

describe("a connection that its client resets ends no server", () => {
  it.live.each(["HTTP", "HTTPS"] as const)("after it asked for a proxy, over %s", (protocol) =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const isTls = protocol === "HTTPS"
      const server = yield* serve({
        ...yield* migrated,
        IDENTITY_WORKERS: "1",
        ...(isTls ? { IDENTITY_TLS_CERT: files.cert, IDENTITY_TLS_KEY: files.key } : {})
      })
      yield* untilReadiness(server, 200)
      const port = Number(new URL(server.url).port)
      for (let afterMs = 0; afterMs < 10; afterMs++) {
        yield* giveUp(port, isTls ? cert : undefined, CONNECT, afterMs)
      }
      assert.strictEqual((yield* request(`${server.managementUrl}/livez`)).status, 200)
      server.child.kill("SIGTERM")
      assert.strictEqual((yield* server.ended).exitCode, 0, server.log())
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
