/** Somebody at the database of a server that connects with the documented role. */
import { NodeFileSystem } from "@effect/platform-node"
import { Cause, Context, Effect, Exit, Layer, Option, Redacted } from "effect"
import * as PostgresSchemaMigrator from "../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import type { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { clientOf, execute } from "../adapters/postgres/TestClient.ts"
import { reachableDatabase } from "../e2e/Database.ts"
import { postgresStores } from "../support/stores.ts"
import { documentedRole } from "./DocumentedRole.ts"

export const PERMISSION_DENIED = "right-missing"
export const CHECK_VIOLATED = "23514"
export const UNIQUE_VIOLATED = "23505"

export class Forger extends Context.Service<Forger, {
  /** Executes a statement with the rights of the role; answers "done", or the reason or the SQLSTATE of a failure. */
  readonly asRole: (statement: string) => Effect.Effect<string>
  /** The role's name. */
  readonly role: string
  /** The same with the rights of the owner of the database. */
  readonly asOwner: (statement: string) => Effect.Effect<string>
}>()("identityd/test/security/Forger") {}

/** The stores as the server has them, connected as the role, and what a forger has. */
export const stores = Layer.unwrap(Effect.gen(function*() {
  const owner = { url: (yield* reachableDatabase).url }
  yield* Effect.provide(
    Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate),
    Layer.provide(PostgresSchemaMigrator.layer, clientOf(owner))
  )
  const role = yield* documentedRole(owner.url)
  const forger = Layer.succeed(Forger, {
    role: new URL(Redacted.value(role.url)).username,
    asRole: (statement) => Effect.map(outcomeOf(role, statement), stateOf),
    asOwner: (statement) => Effect.map(outcomeOf(owner, statement), stateOf)
  })
  const log = postgresStores.pipe(Layer.provide(clientOf(role)))
  const review = AuditReview.layer.pipe(
    Layer.provide(Layer.mock(TokenSigner, { keyIds: ["k1"] })),
    Layer.provideMerge(log)
  )
  return Layer.merge(review, forger)
})).pipe(Layer.provide(NodeFileSystem.layer))

const outcomeOf = (target: { readonly url: Redacted.Redacted }, statement: string) =>
  Effect.exit(Effect.catchTag(execute(target, statement), "InvalidDatabaseUrl", Effect.die))

const stateOf = (exit: Exit.Exit<unknown, StoreUnavailable>): string => {
  if (Exit.isSuccess(exit)) return "done"
  const refusal = Option.flatMapNullishOr(Cause.findErrorOption(exit.cause), ({ reason }) => reason)
  return Option.getOrElse(refusal, () => /SQLSTATE or kind (\w+)/.exec(Cause.pretty(exit.cause))?.[1] ?? "failed")
}
