/**
 * Counts the hashes of each request on all servers, and how long they took. A request is known by its `x-request-id`.
 */
import { Duration, Effect, Layer } from "effect"
import * as Argon2PasswordHasher from "../../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as NodeRsArgon2Engine from "../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import { PasswordHashEngine } from "../../src/adapters/crypto/PasswordHashEngine.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import { PasswordHasher } from "../../src/ports/PasswordHasher.ts"

export class HashTally {
  readonly #hashes = new Map<string, number>()
  #slowest = 0

  /** How many hashes a request has cost so far. */
  hashesOf(requestId: string): number {
    return this.#hashes.get(requestId) ?? 0
  }

  /** The milliseconds that the slowest hash took until now, with its wait for a turn. */
  get slowestMillis(): number {
    return this.#slowest
  }

  readonly #count = Effect.map(Caller, ({ requestId = "none" }) => {
    this.#hashes.set(requestId, this.hashesOf(requestId) + 1)
  })

  readonly #time = <A, E>(hash: Effect.Effect<A, E>) =>
    Effect.map(Effect.timed(hash), ([elapsed, made]) => {
      this.#slowest = Math.max(this.#slowest, Duration.toMillis(elapsed))
      return made
    })

  /** The hasher of a server, one for each. */
  readonly hasher = (options: Argon2PasswordHasher.Argon2Options) =>
    Layer.effect(
      PasswordHasher,
      Effect.map(PasswordHasher, (hasher) =>
        PasswordHasher.of({
          ...hasher,
          hash: (password) => this.#time(hasher.hash(password)),
          verify: (password, hash) => this.#time(hasher.verify(password, hash))
        }))
    ).pipe(
      Layer.provide(Argon2PasswordHasher.layer(options)),
      Layer.provide(Layer.effect(
        PasswordHashEngine,
        Effect.map(PasswordHashEngine, (engine) =>
          PasswordHashEngine.of({
            hash: (...input) => Effect.andThen(this.#count, engine.hash(...input)),
            verify: (...input) => Effect.andThen(this.#count, engine.verify(...input))
          }))
      )),
      Layer.provide(NodeRsArgon2Engine.layer)
    )
}
