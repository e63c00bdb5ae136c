/**
 * The fastest engine that this machine can load. It is loaded when the layer is built, in about 10 ms. Commands that
 * don't hash don't load it, and a server without any engine fails at its start rather than at the first sign-in.
 */
import { Effect, Layer } from "effect"
import * as Argon2Engine from "./Argon2Engine.ts"
import * as NodeRsArgon2Engine from "./NodeRsArgon2Engine.ts"

export const layer = NodeRsArgon2Engine.layer.pipe(
  Layer.catchTag("NodeRsArgon2Missing", () =>
    Layer.unwrap(Effect.as(
      Effect.logInfo("Passwords are hashed by the slower argon2 package: @node-rs/argon2 has no binary here"),
      Argon2Engine.layer
    )))
)
