/** A real service for tests of its client, whose store and network can be made to fail. */
import { Context, Effect, Layer, Redacted } from "effect"
import { PublicAddress } from "../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../src/adapters/http/listener/ListenerState.ts"
import * as MemoryStores from "../../src/adapters/memory/MemoryStores.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import * as FaultyProxy from "../support/FaultyProxy.ts"
import { signIn, signUp } from "../support/people.ts"
import { publicListener } from "../support/RunningServer.ts"
import { changing } from "../support/stores.ts"
import * as TestServices from "../support/TestServices.ts"

export const APPLICATION = "https://app.example.com"

export const EVIL = "https://evil.example"

export const UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"]

export interface Faults {
  isStoreAway: boolean
}

/** The service as its clients reach it. */
export class Service extends Context.Service<Service, {
  readonly url: string
  /** Of the network between. */
  readonly network: FaultyProxy.FaultyProxy
  readonly faults: Faults
}>()("identityd/test/identityd-client/Service") {
  static readonly layer = Layer.unwrap(Effect.sync(() => {
    const faults: Faults = { isStoreAway: false }
    const stores = Layer.provideMerge(
      changing(SessionStore, ({ findSession }) => ({
        findSession: (id) => faults.isStoreAway ? Effect.fail(new StoreUnavailable()) : findSession(id)
      })),
      MemoryStores.layer
    )
    const service = Effect.gen(function*() {
      const network = yield* FaultyProxy.make((yield* PublicAddress).port)
      return Service.of({ faults, network, url: `http://127.0.0.1:${network.port}` })
    })
    return Layer.effect(Service, service).pipe(
      Layer.provideMerge(publicListener({ publicUrl: `${APPLICATION}/id` })),
      Layer.provide(ListenerState.layer),
      Layer.provideMerge(TestServices.servicesOver(TestServices.cheapHasher, stores))
    )
  }))
}

/** Somebody signed in, and the headers by which their requests prove it. */
export const signedIn = Effect.gen(function*() {
  const account = yield* signUp()
  const { session, token } = yield* signIn(account.email)
  const text = Redacted.value(token)
  return {
    account,
    session,
    token: text,
    bearer: { authorization: `Bearer ${text}` },
    cookie: { cookie: `theme=dark; __Host-identity-session=${text}` }
  }
})
