/** Postman's requests from the document succeed unchanged, once there is a token. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { listening } from "../support/RunningServer.ts"
import { areAbsent, toolbox } from "./ClientTools.ts"

const Pairs = Schema.Array(Schema.Struct({
  key: Schema.String,
  value: Schema.String,
  disabled: Schema.optional(Schema.Boolean)
}))

const Request = Schema.Struct({
  method: Schema.String,
  url: Schema.Struct({ path: Schema.Array(Schema.String) }),
  header: Pairs,
  auth: Schema.optional(Schema.NullOr(Schema.Struct({ type: Schema.Literal("bearer") }))),
  body: Schema.optional(Schema.Struct({ raw: Schema.optional(Schema.String) }))
})

/** The parts of a collection that are needed to send its requests. */
const Collection = Schema.fromJsonString(Schema.Struct({
  item: Schema.Array(Schema.Struct({
    item: Schema.Array(Schema.Struct({ name: Schema.String, request: Request }))
  })),
  variable: Pairs
}))

const Started = Schema.fromJsonString(Schema.Struct({ id: Schema.String, token: Schema.String }))

/** In an order in which each can succeed; what people sign in for once more comes after it. */
const VISIT = [
  ["Sign up", 201],
  ["Sign in", 201],
  ["Show my account", 200],
  ["Show my session", 200],
  ["List my sessions", 200],
  ["Ask whether a request is signed in", 200],
  ["Verify my email", 202],
  ["Recover an account", 202],
  ["Sign up by mail", 202],
  ["Change my email", 202],
  ["Keep my email", 204],
  ["List my factors", 200],
  ["Ask for a passkey", 200],
  ["Prove again who I am", 200],
  ["Take my data", 200],
  ["Change my account", 200],
  ["Sign out", 204],
  ["Sign in", 201],
  ["End one of my sessions", 204],
  ["Sign in", 201],
  ["Sign out everywhere", 204],
  ["Sign in", 201],
  ["Delete my account", 204],
  ["Sign up", 201],
  ["Sign in", 201],
  ["Change my password", 200]
] as const

/** What needs a mail that was read, a second factor, a setting, or the management listener. */
const WITH_MORE = [
  "Answer a change of email",
  "Answer a mail that signs in",
  "Answer a recovery",
  "Answer a sign-up",
  "Answer a verification",
  "Ask what a token is worth",
  "Ask for one of my passkeys",
  "Confirm a factor",
  "Enrol a factor",
  "Give the second factor",
  "Mail a challenge again",
  "Remove a factor",
  "Rename a factor",
  "Sign in by mail",
  "Take an account back"
]

/** Values that people copy from an answer into the next request. */
interface Copied {
  token: string
  session: string
}

/** Sends a request as Postman does. */
const send = (request: typeof Request.Type, base: string, copied: Copied) => {
  const { auth, body, header, method, url } = request
  const headers = header.filter(({ disabled }) => disabled !== true).map((
    { key, value }
  ): [string, string] => [key, value])
  if (auth?.type === "bearer") headers.push(["authorization", `Bearer ${copied.token}`])
  const path = url.path.map((segment) => segment === ":id" ? copied.session : segment).join("/")
  return fetch(`${base}/${path}`, { method, headers, ...(body?.raw === undefined ? {} : { body: body.raw }) })
}

describe.skipIf(areAbsent)("The collection that Postman makes of the document", () => {
  it.live("has requests that succeed, all of them", () =>
    Effect.gen(function*() {
      const url = `http://127.0.0.1:${yield* listening()}`
      const { directory, run } = yield* toolbox(url)
      // The choices of Postman's import dialog: bodies from examples, and optional parameters switched off.
      const options = "parametersResolution=Example,folderStrategy=Tags,enableOptionalParameters=false"
      const converter = "node_modules/openapi-to-postmanv2/bin/openapi2postmanv2.js"
      const converted = yield* run(converter, "-s", "openapi.json", "-o", "collection.json", "-O", options)
      assert.strictEqual(converted.code, 0, converted.stdout + converted.stderr)
      const text = yield* Effect.promise(() => readFile(join(directory, "collection.json"), "utf8"))
      const { item, variable } = yield* Schema.decodeEffect(Collection)(text)
      assert.deepInclude(variable, { key: "baseUrl", value: url })
      const requests = new Map(item.flatMap((folder) => folder.item).map(({ name, request }) => [name, request]))
      assert.deepStrictEqual(
        [...requests.keys()].toSorted(),
        [...new Set(VISIT.map(([name]) => name)), ...WITH_MORE].toSorted()
      )

      const copied: Copied = { token: "", session: "" }
      const visited = yield* Effect.forEach(VISIT, ([name]) =>
        Effect.promise(async () => {
          const request = requests.get(name)
          assert.isDefined(request)
          const answer = await send(request, url, copied)
          const started = Schema.decodeUnknownOption(Started)(await answer.text())
          if (Option.isSome(started)) Object.assign(copied, { token: started.value.token, session: started.value.id })
          return [name, answer.status] as const
        }))
      assert.deepStrictEqual(visited, [...VISIT])
    }), 60_000)
})
