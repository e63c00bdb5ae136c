/** Imports and exports by programs. */
import { assert, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import type { ApiKeyScope } from "../../../../src/domain/model/ApiKey.ts"
import { aKey, layer as world } from "../../../support/TestAdmin.ts"
import { bearer, pointersOf, TestIdentity } from "../../../support/TestIdentity.ts"

const program = Effect.fnUntraced(function*(scopes: ReadonlyArray<ApiKeyScope>) {
  const { send } = yield* TestIdentity
  const { apiKey, secret } = yield* aKey({ scopes })
  const ask = (method: string, path: string, body?: string) =>
    send(method, path, {
      ...(body === undefined ? {} : { body }),
      headers: { ...bearer(Redacted.value(secret)), "content-type": "application/x-ndjson" }
    })
  return { apiKey, ask }
})

const rowOf = (name: string, more: object = {}) =>
  JSON.stringify({ external_id: name, email: `${name}@example.com`, display_name: name, ...more })

const linesOf = (text: string): ReadonlyArray<Record<string, unknown>> =>
  text.trimEnd().split("\n").map((line) => JSON.parse(line))

layer(world)("imports and exports by programs", (it) => {
  it.effect("answer a line for each row, however many there are, and record the key", () =>
    Effect.gen(function*() {
      const { apiKey, ask } = yield* program(["imports:write", "audit:read"])
      const rows = [...Array.from({ length: 1000 }, (_, index) => rowOf(`person-${index}`)), "{", rowOf("last")]
      const answer = yield* ask("POST", "/admin/imports", rows.join("\n"))
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers["content-type"], "application/x-ndjson")
      const lines = linesOf(answer.text)
      assert.strictEqual(lines.filter(({ outcome }) => outcome === "created").length, 1001)
      assert.deepStrictEqual(lines[1000], {
        line: 1001,
        outcome: "refused",
        errors: [{ pointer: "", detail: "must be a JSON object on one line" }]
      })
      const { json } = yield* ask("GET", `/admin/audit-log?account_id=${String(lines[0]?.["id"])}`)
      assert.include(JSON.stringify(json), apiKey.id)
      const again = yield* ask("POST", "/admin/imports?if_exists=update", rows.slice(0, 2).join("\n"))
      assert.deepStrictEqual(linesOf(again.text).map(({ outcome }) => outcome), ["unchanged", "unchanged"])
      const dry = yield* ask("POST", "/admin/imports?dry_run=true", rowOf("dry"))
      assert.deepStrictEqual(linesOf(dry.text), [{ line: 1, external_id: "dry", outcome: "created" }])
    }))

  it.effect("refuse a parameter that is misspelt, so that no trial imports anything and no filter lists everything", () =>
    Effect.gen(function*() {
      const { ask } = yield* program(["imports:write", "accounts:read"])
      const { json, status } = yield* ask("POST", "/admin/imports?dryrun=true", rowOf("trial"))
      assert.deepStrictEqual([status, json["errors"]], [422, [{
        pointer: "/dryrun",
        detail: "is not a known member"
      }]])
      for (const path of ["accounts", "audit-log", "api-keys", "exports/accounts"]) {
        const reader = yield* program(["accounts:read", "audit:read", "keys:write"])
        const misspelt = yield* reader.ask("GET", `/admin/${path}?emailprefix=ada&limits=1`)
        const pointers = ["/emailprefix", "/limits"]
        assert.strictEqual(misspelt.status, 422, path)
        assert.deepStrictEqual(yield* pointersOf(misspelt), pointers, path)
      }
      assert.notInclude((yield* ask("GET", "/admin/exports/accounts")).text, "trial@example.com")
    }))

  it.effect("give hashes only to keys that may read credentials", () =>
    Effect.gen(function*() {
      const writer = yield* program(["imports:write"])
      yield* writer.ask("POST", "/admin/imports", [rowOf("ada"), rowOf("bob")].join("\n"))
      const reader = yield* program(["accounts:read"])
      const plain = yield* reader.ask("GET", "/admin/exports/accounts")
      assert.notInclude(plain.text, "password_hash")
      const all = linesOf(plain.text)
      const rest = yield* reader.ask("GET", `/admin/exports/accounts?after=${String(all.at(-2)?.["id"])}`)
      assert.deepStrictEqual(linesOf(rest.text), all.slice(-1))
      const refused = yield* reader.ask("GET", "/admin/exports/accounts?credentials=true")
      assert.deepStrictEqual([refused.status, refused.json["scope"]], [403, "credentials:read"])
      const trusted = yield* program(["accounts:read", "credentials:read", "audit:read"])
      const secrets = yield* trusted.ask("GET", "/admin/exports/accounts?credentials=true")
      assert.isTrue(linesOf(secrets.text).every((row) => typeof row["password_hash"] === "string"))
      const { json } = yield* trusted.ask("GET", "/admin/audit-log?action=credentials.exported")
      assert.include(JSON.stringify(json), trusted.apiKey.id)
    }))

  it.effect("take no other media type, nothing compressed, and no other member of the query", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const { secret } = yield* aKey({ scopes: ["imports:write"] })
      const headers = bearer(Redacted.value(secret))
      const json = yield* send("POST", "/admin/imports", { json: {}, headers })
      const compressed = yield* send("POST", "/admin/imports", {
        body: "",
        headers: { ...headers, "content-type": "application/x-ndjson", "content-encoding": "gzip" }
      })
      assert.deepStrictEqual([json.status, compressed.status], [415, 415])
      assert.include(String(json.json["detail"]), "application/x-ndjson")
      const query = yield* send("POST", "/admin/imports?if_exists=perhaps", {
        body: "",
        headers: { ...headers, "content-type": "application/x-ndjson" }
      })
      assert.strictEqual(query.status, 422)
    }))
})
