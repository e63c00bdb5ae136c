/** The requests that tools generate from the document succeed unchanged. */
import { assert, it } from "@effect/vitest"
import { Effect, Predicate } from "effect"
import type { OpenApi } from "effect/http-api"
import { apiDocument } from "../../../src/adapters/http/pages/ReferencePages.ts"
import { TestIdentity } from "../../support/TestIdentity.ts"

const example = (path: string, method: "delete" | "patch" | "post" | "put"): unknown => {
  const operations: { readonly [Name in typeof method]?: OpenApi.OpenAPISpecOperation } = apiDocument().paths[path] ??
    {}
  const media = operations[method]?.requestBody?.content["application/json"]
  if (Predicate.hasProperty(media, "example")) return media.example
  const [first] = Predicate.hasProperty(media, "examples") ? Object.values(media.examples ?? {}) : []
  return Predicate.hasProperty(first, "value") ? first.value : undefined
}

it.layer(TestIdentity.layer)("The examples of the document", (it) => {
  it.effect("sign up and in, change name and password, and delete the account, one after the other", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const signedUp = yield* send("POST", "/accounts", { json: example("/accounts", "post") })
      const signedIn = yield* send("POST", "/sessions", { json: example("/sessions", "post") })
      const authorization = `Bearer ${String(signedIn.json["token"])}`
      const renamed = yield* send("PATCH", "/accounts/me", {
        json: example("/accounts/me", "patch"),
        headers: { authorization, "if-match": "\"1\"" }
      })
      const deleted = yield* send("DELETE", "/accounts/me", {
        json: example("/accounts/me", "delete"),
        headers: { authorization }
      })
      assert.deepStrictEqual([signedUp, signedIn, renamed, deleted].map(({ status }) => status), [201, 201, 200, 204])

      yield* send("POST", "/accounts", { json: example("/accounts", "post") })
      const again = yield* send("POST", "/sessions", { json: example("/sessions", "post") })
      const changed = yield* send("PUT", "/accounts/me/password", {
        json: example("/accounts/me/password", "put"),
        headers: { authorization: `Bearer ${String(again.json["token"])}` }
      })
      assert.strictEqual(changed.status, 200)
    }))
})
