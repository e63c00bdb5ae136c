import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import { connect, constants } from "node:http2"
import { connect as connectTls } from "node:tls"
import type { ConnectionOptions } from "node:tls"
import { PublicAddress } from "../../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../../src/adapters/http/listener/ListenerState.ts"
import { CIPHERS } from "../../../src/adapters/http/listener/SecureServer.ts"
import { signIn, signUp } from "../../support/people.ts"
import { openConnection } from "../../support/raw-exchange.ts"
import { listening, publicListener } from "../../support/RunningServer.ts"
import * as TestServices from "../../support/TestServices.ts"
import { tlsFiles } from "../../support/tls-files.ts"
import { http2Send, https1Get } from "../../support/tls-requests.ts"

const http2Get = (port: number, ca: string, path: string) => http2Send(port, ca, { ":method": "GET", ":path": path })

/** Sends requests on one connection until an answer says that it is the last, and returns their number. */
const keepAsking = (port: number, ca: string) =>
  Effect.callback<number, Error>((resume) => {
    const session = connect(`https://127.0.0.1:${port}`, { ca })
    const fail = (error: Error) => resume(Effect.fail(error))
    const ask = (count: number) =>
      session.request({ ":path": "/sessions/me" }).on("error", fail).resume().on("close", () => {
        if (session.closed) resume(Effect.succeed(count))
        else ask(count + 1)
      })
    session.on("error", fail).once("connect", () => ask(1))
  })

describe("over TLS", () => {
  it.live("[ASVS 3.4.1] HTTP/2 is spoken, with strict-transport-security", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ tls: files })
      const { body, headers, status } = yield* http2Get(port, cert, "/sessions/me")
      assert.strictEqual(status, 401)
      assert.match(String(headers["strict-transport-security"]), /^max-age=63072000; includeSubDomains$/)
      assert.include(body, "session-required")
    }))

  it.live("HTTP/1.1 is spoken too, with the same answer", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ tls: files })
      const { headers, status } = yield* https1Get(port, cert, "/sessions/me")
      assert.strictEqual(status, 401)
      assert.match(String(headers["strict-transport-security"]), /^max-age=63072000; includeSubDomains$/)
    }))

  it.live("a session check over HTTP/2 is answered, without a body to HEAD, and with one that nothing announced", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const services = yield* Layer.build(TestServices.layer)
      const { token } = yield* Effect.provideContext(Effect.flatMap(signUp(), ({ email }) => signIn(email)), services)
      const context = yield* publicListener({ tls: files }).pipe(
        Layer.provide([Layer.succeedContext(services), ListenerState.layer]),
        Layer.build
      )
      const ask = (method: string, options?: { readonly body: string }) =>
        http2Send(Context.get(context, PublicAddress).port, cert, {
          ":method": method,
          ":path": "/sessions/me",
          authorization: `Bearer ${Redacted.value(token)}`
        }, options)
      const [answer, head, withBody] = [yield* ask("GET"), yield* ask("HEAD"), yield* ask("GET", { body: "{}" })]
      assert.deepStrictEqual([answer.status, head.status, withBody.status], [200, 200, 200])
      assert.include(answer.body, "\"current\":true")
      assert.strictEqual(answer.headers["content-length"], String(answer.body.length))
      assert.strictEqual(answer.headers["cache-control"], "no-store")
      assert.deepStrictEqual([head.body, withBody.body], ["", answer.body])
    }))

  it.live("a client that resets session checks over HTTP/2 gets answers to others", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      // No answer's body is sent, so every stream is open when it is reset.
      const session = connect(`https://127.0.0.1:${yield* listening({ tls: files })}`, {
        ca: cert,
        settings: { initialWindowSize: 0 }
      })
      const ask = Effect.callback<unknown>((resume) => {
        const stream = session.request({ ":path": "/sessions/me" }).on("error", () => undefined)
        stream.once("response", (headers) => {
          stream.close(constants.NGHTTP2_INTERNAL_ERROR)
          resume(Effect.succeed(headers[":status"]))
        })
      })
      assert.deepStrictEqual([yield* ask, yield* ask], [401, 401])
      session.destroy()
    }))

  it.live("CONNECT over HTTP/2 is refused with a problem", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ tls: files })
      const { body, status } = yield* http2Send(port, cert, { ":method": "CONNECT", ":authority": "a:443" })
      assert.strictEqual(status, 405)
      assert.include(body, "method-not-allowed")
    }))

  it.live("[ASVS 15.2.2] a body that does not come is cut at the deadline over HTTP/2 too", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ tls: files, requestDeadline: Duration.millis(300) })
      const { body, status } = yield* http2Send(port, cert, {
        ":method": "POST",
        ":path": "/sessions",
        "content-type": "application/json"
      }, { end: false })
      assert.strictEqual(status, 408)
      assert.include(body, "request-timeout")
    }))

  it.live("[ASVS 15.2.2] headers that do not end are cut at the deadline over HTTP/2 too, however slowly they come", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const deadlines = { requestDeadline: Duration.millis(300), writeDeadline: Duration.millis(500) }
      const port = yield* listening({ tls: files, ...deadlines })
      const patient = connect(`https://127.0.0.1:${port}`, { ca: cert })
      yield* Effect.addFinalizer(() => Effect.sync(() => patient.destroy()))
      const status = Effect.callback<number | undefined, Error>((resume) => {
        const stream = patient.request({ ":path": "/sessions/me" })
        stream.on("error", (error) => resume(Effect.fail(error))).resume()
          .on("response", (headers) => resume(Effect.succeed(headers[":status"])))
      })
      assert.strictEqual(yield* status, 401)
      const cut = Effect.callback<string>((resume) => {
        const socket = connectTls({ host: "127.0.0.1", port, ca: cert, ALPNProtocols: ["h2"] }, () => {
          socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
          // Settings, the beginning of the headers of stream 1, and "accept-encoding: gzip, deflate" again and again.
          socket.write(Buffer.from("0000000400000000000000ff010500000001828784", "hex"))
          const trickle = setInterval(() => socket.write(Buffer.from("90", "hex")), 50)
          socket.on("error", () => undefined).once("close", () => {
            clearInterval(trickle)
            resume(Effect.succeed("cut"))
          })
        }).resume()
        return Effect.sync(() => socket.destroy())
      })
      assert.strictEqual(yield* Effect.timeout(cut, "4 seconds"), "cut")
      assert.strictEqual(yield* status, 401)
    }))

  it.live("[ASVS 12.1.2] no cipher is agreed on without forward secrecy and authenticated encryption", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ tls: files })
      const agreed = (options: ConnectionOptions) =>
        Effect.callback<string>((resume) => {
          const socket = connectTls({ host: "127.0.0.1", port, ca: cert, ...options }, () => {
            resume(Effect.succeed(`${socket.getProtocol()} ${socket.getCipher().name}`))
            socket.destroy()
          })
          socket.on("error", () => resume(Effect.succeed("none")))
        })
      const by = (ciphers: string) => agreed({ ciphers, maxVersion: "TLSv1.2" })
      assert.match(yield* agreed({}), /^TLSv1\.3 TLS_/)
      assert.strictEqual(yield* by("ECDHE-ECDSA-AES128-GCM-SHA256"), "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256")
      assert.strictEqual(yield* by("ECDHE-ECDSA-CHACHA20-POLY1305"), "TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305")
      for (const cipher of ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256", "AES256-SHA"]) {
        assert.strictEqual(yield* by(cipher), "none", cipher)
      }
      assert.isFalse(CIPHERS.split(":").some((cipher) => !/^(?:TLS_|ECDHE-)/.test(cipher)))
    }))

  it.live("who goes away before there is a key is forgotten at once", () =>
    Effect.gen(function*() {
      const { files } = yield* tlsFiles
      const port = yield* listening({ tls: files })
      const connection = yield* openConnection(port)
      yield* connection.end
      assert.strictEqual(yield* connection.ended, "")
    }))

  it.live("[F10] a client that asks again and again over HTTP/2 loses no request at the end", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const scope = yield* Scope.make()
      const context = yield* publicListener({ tls: files }).pipe(
        Layer.provide([TestServices.layer, ListenerState.layer]),
        Layer.buildWithScope(scope)
      )
      const { port } = Context.get(context, PublicAddress)
      const asking = yield* Effect.forkChild(keepAsking(port, cert), { startImmediately: true })
      yield* Scope.close(scope, Exit.void)
      assert.isAbove(yield* Fiber.join(asking), 10)
    }))

  it.live("both protocols drain", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const scope = yield* Scope.make()
      const context = yield* publicListener({ tls: files }).pipe(
        Layer.provide([TestServices.layer, ListenerState.layer]),
        Layer.buildWithScope(scope)
      )
      const { port } = Context.get(context, PublicAddress)
      yield* http2Get(port, cert, "/sessions/me")
      yield* https1Get(port, cert, "/sessions/me")
      yield* Effect.timeout(Scope.close(scope, Exit.void), "3 seconds")
    }))

  it.live("a certificate that can't be read stops the start and names its setting", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(listening({ tls: { cert: "/nowhere/cert.pem", key: "/nowhere/key.pem" } }))
      assert.include("message" in error ? error.message : "", "IDENTITY_TLS_CERT")
    }))

  it.live("a key of another certificate stops the start", () =>
    Effect.gen(function*() {
      const one = yield* tlsFiles
      const other = yield* tlsFiles
      const error = yield* Effect.flip(listening({ tls: { cert: one.files.cert, key: other.files.key } }))
      assert.include("message" in error ? error.message : "", "IDENTITY_TLS_KEY")
    }))
})
