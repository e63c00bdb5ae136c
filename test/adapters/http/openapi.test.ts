import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Predicate } from "effect"
import { problemClasses } from "../../../src/adapters/http/api/Problems.ts"
import { apiDocument } from "../../../src/adapters/http/pages/ReferencePages.ts"

const document = apiDocument()

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) =>
    "responses" in operation ? [{ name: `${method.toUpperCase()} ${path}`, path, method, ...operation }] : []
  )
)

const referenced = (value: unknown): ReadonlyArray<string> =>
  [...JSON.stringify(value).matchAll(/#\/components\/schemas\/(\w+)/g)].flatMap((match) => match[1] ?? [])

it.effect("docs/openapi.json is the document of this source", () =>
  Effect.promise(() =>
    expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot("../../../docs/openapi.json")
  ))

describe("the document", () => {
  it("is OpenAPI 3.1 with a license and a server", () => {
    assert.match(document.openapi, /^3\.1\./)
    assert.isDefined(document.info.license)
    assert.isNotEmpty(document.servers)
  })

  it("names schemas as the API does", () => {
    assert.deepStrictEqual(Object.keys(document.components.schemas).filter((name) => name.includes("Encoded")), [])
  })

  it("has every schema it refers to, and refers to every one it has", () => {
    assert.deepStrictEqual(
      [...new Set(referenced(document))].toSorted(),
      Object.keys(document.components.schemas).toSorted()
    )
  })

  it("lets answers gain members, and requests not", () => {
    const closed = Object.entries(document.components.schemas)
      .filter(([, schema]) => JSON.stringify(schema).includes("\"additionalProperties\":false"))
      .map(([name]) => name)
    assert.deepStrictEqual(closed.toSorted(), [
      "AccountChange",
      "AccountDeletion",
      "Elevation",
      "EmailChangeAnswer",
      "EmailChangeRequest",
      "EmailChangeReversal",
      "EmailVerificationAnswer",
      "FactorAnswer",
      "FactorChange",
      "FactorConfirmation",
      "NewAccount",
      "NewFactor",
      "PasskeySignIn",
      "PasswordChange",
      "RecoveryAnswer",
      "RecoveryRequest",
      "SignIn",
      "SignInLinkAnswer",
      "SignInLinkRequest",
      "SignUpAnswer",
      "SignUpRequest"
    ])
  })

  it("offers a bearer token and a cookie", () => {
    assert.deepStrictEqual(Object.keys(document.components.securitySchemes).toSorted(), ["bearer", "cookie"])
  })
})

describe("what generators make of it", () => {
  const bodies = operations.flatMap(({ name, requestBody, responses }) => [
    ...Object.values(requestBody?.content ?? {}).map((media) => ({ name, media })),
    ...Object.entries(responses).flatMap(([status, { content }]) =>
      Object.values(content ?? {}).map((media) => ({ name: `${name} ${status}`, media }))
    )
  ])

  it("a member with a default would count as one that is always sent, so no body has any", () => {
    assert.notInclude(JSON.stringify(document.components.schemas), "\"default\"")
  })

  it("a change names the version it is made of, as a header that has to be there", () => {
    const { parameters = [] } = operations.find(({ operationId }) => operationId === "changeMyAccount") ?? {}
    assert.propertyVal(parameters.find(({ name }) => name === "if-match"), "required", true)
  })

  it("the status of a problem is a whole number", () => {
    const problems = Object.entries(document.components.schemas).filter(([name]) => name.endsWith("Problem"))
    assert.isAbove(problems.length, 10)
    for (const [name, schema] of problems) {
      assert.match(JSON.stringify(schema), /"status":\{"type":"integer","enum"/, name)
    }
  })

  it("every body has an example, of each kind where there are several", () => {
    assert.isNotEmpty(bodies)
    for (const { media, name } of bodies) {
      const kinds = Math.max(referenced(media.schema).length, 1)
      const examples = Predicate.hasProperty(media, "example")
        ? [media.example]
        : Predicate.hasProperty(media, "examples") && Predicate.isObject(media.examples)
        ? Object.values(media.examples)
        : []
      assert.strictEqual(examples.length, kinds, name)
      assert.notMatch(JSON.stringify(examples), /null|\{\}|""/, name)
    }
  })
})

describe.each(operations)("$name", (operation) => {
  const { operationId, parameters, path, responses, security, summary } = operation

  it("has an id and a summary of its own", () => {
    assert.match(String(operationId), /^[a-z][A-Za-z]+$/)
    assert.isNotEmpty(summary)
    assert.strictEqual(operations.filter((other) => other.operationId === operationId).length, 1)
  })

  it("declares the parameters of its path", () => {
    const declared = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`)
    assert.deepStrictEqual(path.match(/\{\w+\}/g) ?? [], declared)
  })

  it("declares 404 if its path has an id, which may be none", () => {
    if (path.includes("{")) assert.property(responses, "404")
  })

  it("declares what every request may meet, and a session's absence where one is needed", () => {
    const statuses = Object.keys(responses)
    for (const status of ["400", "500", "503"]) assert.include(statuses, status)
    assert.strictEqual(
      statuses.includes("401"),
      security.length > 0 || path === "/sessions" || /\/(?:answer|factor|reversal)$/.test(path)
    )
    assert.strictEqual(statuses.includes("415"), "requestBody" in operation)
  })

  it("describes every refusal as a problem with a request id", () => {
    for (const [status, { content, headers }] of Object.entries(responses)) {
      assert.isDefined(headers?.["x-request-id"], status)
      if (Number(status) < 400) continue
      assert.deepStrictEqual(Object.keys(content ?? {}), ["application/problem+json"])
      const known = problemClasses.filter((kind) => String(kind.status) === status).length
      assert.isAtMost(referenced(content).length, known)
    }
  })
})
