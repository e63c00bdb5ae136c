import { assert, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { OpenApi } from "effect/http-api"
import { AdminApi, adminEndpoints } from "../../../../src/adapters/http/admin/AdminApi.ts"

const document = OpenApi.fromApi(AdminApi)

it.effect("docs/openapi-admin.json is the document of this source", () =>
  Effect.promise(() =>
    expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot("../../../../docs/openapi-admin.json")
  ))

it("every operation has an id of its own, and names its scope where OpenAPI has a place for that", () => {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      "operationId" in operation ? [{ method: method.toUpperCase(), path, ...operation }] : []
    )
  )
  assert.strictEqual(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  assert.sameDeepMembers(
    operations.map(({ method, path, security }) => ({ method, path, security })),
    adminEndpoints().map(({ method, path, scope }) => ({
      method,
      path: path.replaceAll(/:(\w+)/g, "{$1}"),
      security: [{ api_key: [String(scope)] }]
    }))
  )
})
