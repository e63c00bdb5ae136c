/** A signing key that codes and links in mails still need is not retired by accident. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { execute } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase } from "./Database.ts"
import { freePorts, identity, serve, untilReadiness } from "./IdentityProcess.ts"

const NEW_KEY = "k2:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

/** A challenge for a day, derived from the key k1. */
const CHALLENGE = `
  INSERT INTO challenges (id, purpose, subject, place, email, tries, created_at, expires_at, resend_at, signing_key)
  VALUES ('chl_0000000000000000000000000', 'sign-up', 's', 1, 'ada@example.com', 0, now(), now() + interval '1 day', now(), 'k1')`

it.live(
  "[ASVS 11.1.1] a server doesn't start without a key that live challenges need, until they are ended",
  () =>
    Effect.gen(function*() {
      const { url } = yield* migratedDatabase
      yield* execute({ url }, CHALLENGE)
      const [port, managementPort] = yield* freePorts
      const variables = { IDENTITY_DATABASE_URL: Redacted.value(url), IDENTITY_SIGNING_KEYS: NEW_KEY }
      const refused = yield* identity(["serve"], {
        ...variables,
        IDENTITY_PORT: String(port),
        IDENTITY_MANAGEMENT_PORT: String(managementPort)
      })
      assert.strictEqual(refused.exitCode, 2)
      assert.match(
        refused.stderr,
        /IDENTITY_SIGNING_KEYS lacks the key k1, which codes and links in mails need \(1 of them/
      )
      assert.include(refused.stderr, "identity end-challenges")
      const ended = yield* identity(["end-challenges", "--yes", "--json"], variables)
      assert.deepStrictEqual(JSON.parse(ended.stdout), { challenges_ended: 1 })
      yield* untilReadiness(yield* serve(variables), 200)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
  60_000
)
