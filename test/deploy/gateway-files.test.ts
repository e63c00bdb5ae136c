/** The files of deploy/gateways as texts, and those that aren't run against the schemas of their programs. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { parse } from "yaml"
import { complaints, read, schemasAreAbsent } from "./Deployed.ts"

/** What the application may believe. */
const ANSWERED = ["account-id", "session-id", "aal", "amr", "authenticated-at"].map((name) => `identity-${name}`)

const files = ["nginx.conf", "haproxy/haproxy.cfg", "Caddyfile", "traefik.yaml", "envoy.yaml"]

describe("deploy/gateways", () => {
  it.each(files)("%s knows the application, and every spelling of what only it may write", (path) => {
    const text = read(`deploy/gateways/${path}`)
    assert.match(text, /127\.0\.0\.1(?::|, port_value: )3000/)
    if (path.endsWith(".yaml")) assert.isObject(parse(text))
    const pattern = /del-header \^identity|-Identity\*/.test(text)
    for (const name of ANSWERED) assert.isTrue(pattern || text.includes(name), name)
    assert.match(text, /underscore|_account_id|Identity\*/)
  })

  it.skipIf(schemasAreAbsent)("envoy.yaml is what Envoy's own definitions allow", () => {
    const text = read("deploy/gateways/envoy.yaml")
    assert.deepStrictEqual(complaints({ envoy: parse(text) }), [])
    const slips = [
      ["failure_mode_allow:", "failure_mode_allowed:"],
      ["code: ServiceUnavailable", "code: Unavailable"],
      ["timeout: 5s", "timeout: 5"],
      ["early_header_mutation.header_mutation.v3.HeaderMutation", "early_header_mutations.v3.HeaderMutation"],
      ["domains: [app.example.com]", "domains: app.example.com"]
    ] as const
    const mistaken = slips.reduce((result, [right, wrong]) => result.replace(right, wrong), text)
    const found = complaints({ envoy: parse(mistaken) }).map((complaint) => complaint.replace(/^.*\/(?=\w+ )/, ""))
    assert.sameMembers(found, [
      "failure_mode_allowed is unknown",
      "code can't be \"Unavailable\"",
      "timeout can't be 5",
      "typed_config has the unknown type type.googleapis.com/envoy.extensions.http.early_header_mutations.v3.HeaderMutation",
      "domains is no list"
    ])
  })

  it.skipIf(schemasAreAbsent)(
    "traefik.yaml is what Traefik's schema of middlewares allows, and names what it has",
    () => {
      const text = read("deploy/gateways/traefik.yaml")
      assert.deepStrictEqual(complaints({ traefik: parse(text) }), [])
      const mistaken = text.replace("trustForwardHeader: false", "trustForwardHeader: \"no\"").replace(
        "prefixes:",
        "prefix:"
      )
      assert.deepStrictEqual(complaints({ traefik: parse(mistaken) }), [
        "identity/forwardAuth/trustForwardHeader type",
        "own-api-path/stripPrefix/prefix is unknown"
      ])
      const { middlewares, routers, services } = Schema.decodeUnknownSync(Traefik)(parse(text)).http
      for (const { middlewares: named, service } of Object.values(routers)) {
        assert.includeMembers(Object.keys(middlewares), [...named])
        assert.property(services, service)
      }
    }
  )
})

const Named = Schema.Record(Schema.String, Schema.Unknown)

const Traefik = Schema.Struct({
  http: Schema.Struct({
    middlewares: Named,
    services: Named,
    routers: Schema.Record(
      Schema.String,
      Schema.Struct({ middlewares: Schema.Array(Schema.String), service: Schema.String })
    )
  })
})
