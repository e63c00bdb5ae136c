/** The fastest engine that this machine can load. Loading takes about 10 ms. */
import { Context, Effect, Layer } from "effect"
import * as Argon2Engine from "./Argon2Engine.ts"
import * as NodeRsArgon2Engine from "./NodeRsArgon2Engine.ts"
import { PasswordHashEngine } from "./PasswordHashEngine.ts"

/** Loads it at once, so that a server without any engine fails at its start and not at the first sign-in. */
export const layer = NodeRsArgon2Engine.layer.pipe(
  Layer.catchTag("NodeRsArgon2Missing", () =>
    Layer.unwrap(Effect.as(
      Effect.logInfo("Passwords are hashed by the slower argon2 package: @node-rs/argon2 has no binary here"),
      Argon2Engine.layer
    )))
)

/** Loads it at the first hash, for processes that seldom hash. */
export const layerOnFirstUse = Layer.effect(
  PasswordHashEngine,
  Effect.gen(function*() {
    const built = yield* Effect.cached(Layer.buildWithScope(layer, yield* Effect.scope))
    const engine = Effect.map(built, (context) => Context.get(context, PasswordHashEngine))
    return PasswordHashEngine.of({
      hash: (...words) => Effect.flatMap(engine, ({ hash }) => hash(...words)),
      verify: (...words) => Effect.flatMap(engine, ({ verify }) => verify(...words))
    })
  })
)
