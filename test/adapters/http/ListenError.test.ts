import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { once } from "node:events"
import { createServer } from "node:http"
import { ensureListenable, managementAddress } from "../../../src/adapters/http/listener/ListenError.ts"

/** A server that answers everything with a text. Returns its place. */
const answering = Effect.fnUntraced(function*(text: string) {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => createServer((_, response) => response.end(text)).listen(0, "127.0.0.1")),
    (listening) => Effect.sync(() => listening.close())
  )
  yield* Effect.promise(() => once(server, "listening"))
  const address = server.address()
  return { host: "127.0.0.1", port: typeof address === "object" && address !== null ? address.port : 0 }
})

const complaint = Effect.fnUntraced(function*(text: string) {
  const place = yield* answering(text)
  const { message } = yield* Effect.flip(ensureListenable([managementAddress(place)], place))
  return message
})

describe("an address that is taken", () => {
  it.live("names the flag and the setting for another", () =>
    Effect.gen(function*() {
      assert.match(
        yield* complaint("something else"),
        /^Port \d+ on 127\.0\.0\.1 is taken\. .* with --management-port or IDENTITY_MANAGEMENT_PORT\.$/
      )
    }))

  it.live("says so when this program has taken it", () =>
    Effect.gen(function*() {
      assert.match(yield* complaint(JSON.stringify({ status: "alive" })), /\nAn identity server is running already\.$/)
    }))

  it.live("is no other", () =>
    Effect.gen(function*() {
      const place = { host: "127.0.0.1", port: 0 }
      yield* ensureListenable([managementAddress(place)], place)
    }))
})
