/** The role of `docs/least-privilege.md`, made by the very statements of that page. */
import { Effect, Redacted } from "effect"
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { execute } from "../adapters/postgres/TestClient.ts"

const page = readFileSync(new URL("../../docs/least-privilege.md", import.meta.url), "utf8")

/** The statements of the page that make the role. */
export const documentedStatements = (/```sql\n([^`]*)```/.exec(page)?.[1] ?? "").split(";\n").map((text) => text.trim())
  .filter((text) => text !== "")

const password = /PASSWORD '([^']+)'/.exec(page)?.[1] ?? ""

/**
 * Makes the role in a migrated database and answers how to connect as it. Roles belong to the whole server, so here it
 * has a name that no other run has.
 */
export const documentedRole = Effect.fnUntraced(function*(owner: Redacted.Redacted) {
  const role = `identity_server_${randomUUID().replaceAll("-", "")}`
  const url = new URL(Redacted.value(owner))
  const asOwner = (text: string) => execute({ url: owner }, text)
  const named = (text: string) =>
    text.replaceAll(/\bidentity_server\b/g, role).replaceAll("DATABASE identity ", `DATABASE ${url.pathname.slice(1)} `)
  yield* Effect.acquireRelease(
    Effect.forEach(documentedStatements, (text) => asOwner(named(text)), { discard: true }),
    () => Effect.orDie(Effect.andThen(asOwner(`DROP OWNED BY ${role}`), asOwner(`DROP ROLE ${role}`)))
  )
  url.username = role
  url.password = password
  return { url: Redacted.make(url.href) }
})
