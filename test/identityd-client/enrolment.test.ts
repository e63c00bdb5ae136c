import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { identity } from "../../clients/typescript/src/Client.ts"
import { judge } from "../../clients/typescript/src/guard.ts"

const PROBLEM = {
  type: "about:blank",
  title: "Factor required",
  status: 403,
  detail: "Enrol one.",
  code: "factor-required"
}

/** A service that demands a second factor of everybody. */
const demanding = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = createServer((_request, response) => {
      response.writeHead(403, { "content-type": "application/problem+json" })
      response.end(JSON.stringify(PROBLEM))
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    return server
  }),
  (server) => Effect.sync(() => server.close())
)

it.effect("A guard sends navigations of those who need a factor first to enrol one, and nothing else", () =>
  Effect.gen(function*() {
    const address: AddressInfo | string | null = (yield* demanding).address()
    const client = identity({ url: `http://127.0.0.1:${Object(address).port}` })
    const judged = (mode: string, options: object) =>
      Effect.promise(async () => {
        const headers = { authorization: "Bearer token", "sec-fetch-mode": mode }
        const { answer } = await judge(client, { method: "GET", headers }, { signIn: "/sign-in", ...options })
        return [answer?.status, answer?.headers["location"]]
      })
    assert.deepStrictEqual(yield* judged("navigate", { enrol: "/security" }), [302, "/security"])
    assert.deepStrictEqual(yield* judged("cors", { enrol: "/security" }), [403, undefined])
    assert.deepStrictEqual(yield* judged("navigate", {}), [403, undefined])
  }))
