/**
 * Clients that ask whether to send their body. They get 100 when the server reads it, and needn't send it otherwise.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { exchange, openConnection } from "../../support/raw-exchange.ts"
import { listening } from "../../support/RunningServer.ts"
import { ADA } from "../../support/TestIdentity.ts"
import { tlsFiles } from "../../support/tls-files.ts"
import { http2Send } from "../../support/tls-requests.ts"

const asking = (head: string, type = "application/json") =>
  `${head} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-type: ${type}\r\n`

const statusesIn = (text: string) => Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status))

const spared: ReadonlyArray<readonly [why: string, request: string, status: number]> = [
  ["is too large", `${asking("POST /accounts")}content-length: 70000\r\n\r\n`, 413],
  ["is not JSON", `${asking("POST /accounts", "text/plain")}content-length: 10\r\n\r\n`, 415],
  ["goes nowhere", `${asking("POST /nowhere")}content-length: 10\r\n\r\n`, 404],
  ["is not taken", `${asking("PUT /accounts")}content-length: 10\r\n\r\n`, 405],
  ["is nobody's", `${asking("DELETE /sessions/me")}content-length: 10\r\n\r\n`, 401]
]

describe("a body that is announced by Expect", () => {
  it.live.each(spared)(
    "and %s is not asked for, and the connection is closed",
    ([_, request, status]) =>
      Effect.gen(function*() {
        const text = yield* exchange(yield* listening(), request)
        assert.deepStrictEqual(statusesIn(text), [status])
        assert.match(text, /^connection: close\r$/im)
      })
  )

  it.live("and is wanted is asked for, once, and the connection stays", () =>
    Effect.gen(function*() {
      const connection = yield* openConnection(yield* listening())
      const body = JSON.stringify(ADA)
      yield* connection.write(`${asking("POST /accounts")}content-length: ${body.length}\r\n\r\n`)
      yield* connection.answered
      yield* connection.write(body)
      yield* connection.write("GET /sessions/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
      assert.deepStrictEqual(statusesIn(yield* connection.ended), [100, 201, 401])
    }))

  it.live("and another expectation is none of ours", () =>
    Effect.gen(function*() {
      const request = "GET /sessions/me HTTP/1.1\r\nhost: a\r\nexpect: more\r\nconnection: close\r\n\r\n"
      assert.deepStrictEqual(statusesIn(yield* exchange(yield* listening(), request)), [401])
    }))

  it.live("is answered over HTTP/2 alike", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ tls: files })
      const head = { ":method": "POST", "content-type": "application/json", expect: "100-continue" }
      const refused = yield* http2Send(port, cert, { ...head, ":path": "/nowhere" })
      const wanted = yield* http2Send(port, cert, { ...head, ":path": "/sessions" })
      assert.deepStrictEqual([refused.status, wanted.status], [404, 400])
    }))
})
