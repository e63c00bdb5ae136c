/**
 * One node of an installation on Postgres, with both listeners, and a client that talks to it over sockets.
 */
import { Context, Duration, Effect, Layer, Option, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { PublicAddress } from "../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../src/adapters/http/listener/ListenerState.ts"
import { ManagementAddress } from "../../src/adapters/http/listener/ManagementServer.ts"
import type { PostgresClient } from "../../src/adapters/postgres/connection/PostgresClient.ts"
import * as PostgresSchemaMigrator from "../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import * as PostgresStoreHealth from "../../src/adapters/postgres/upkeep/PostgresStoreHealth.ts"
import { SignInLinkPolicy } from "../../src/domain/challenges/SignInLinkPolicy.ts"
import { AttemptPolicy } from "../../src/domain/limits/AttemptPolicy.ts"
import type { PasswordHasher } from "../../src/ports/PasswordHasher.ts"
import { managementListener, publicListener } from "./RunningServer.ts"
import { postgresStores } from "./stores.ts"
import { cheapHasher, core } from "./TestServices.ts"

export type Hasher = Layer.Layer<PasswordHasher, Layer.Error<typeof cheapHasher>, SecureRandom.SecureRandom>

export interface NodeOptions {
  /** None by default, because limits would end most tests early. */
  readonly limits?: Layer.Layer<never>
  readonly hasher?: Hasher
  readonly storeDeadline?: Duration.Duration
}

export const layer = <E>(
  client: Layer.Layer<PostgresClient, E>,
  { hasher = cheapHasher, limits = Layer.succeed(AttemptPolicy, "unlimited"), storeDeadline }: NodeOptions = {}
) =>
  Layer.fresh(
    publicListener({ shutdownTimeout: Duration.millis(100), storeDeadline }).pipe(
      Layer.provideMerge(managementListener),
      Layer.provideMerge(Layer.provide(core, [limits, Layer.succeed(SignInLinkPolicy, "on")])),
      Layer.provide(hasher),
      Layer.provide(SecureRandom.layerWebCrypto),
      Layer.provideMerge([
        postgresStores,
        PostgresSchemaMigrator.layer,
        postgresStores,
        PostgresStoreHealth.layer
      ]),
      Layer.provideMerge(client),
      Layer.provide(ListenerState.layer),
      Layer.orDie
    )
  )

export interface Asked {
  readonly token?: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Reply {
  readonly status: number
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

type Listeners = Context.Context<PublicAddress | ManagementAddress>

/** Sends a request to the public listener of a node. */
export const send = (node: Context.Context<PublicAddress>, method: string, path: string, asked: Asked = {}) =>
  exchange(Context.get(node, PublicAddress).port, method, path, asked)

/** A node's own answers about its state. */
export const readyz = (node: Listeners) => exchange(Context.get(node, ManagementAddress).port, "GET", "/readyz", {})

const JsonObject = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

const exchange = (port: number, method: string, path: string, { headers, json, token }: Asked): Effect.Effect<Reply> =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) })
    })
    const text = await response.text()
    return { status: response.status, text, body: Option.getOrElse(Schema.decodeOption(JsonObject)(text), () => ({})) }
  })
