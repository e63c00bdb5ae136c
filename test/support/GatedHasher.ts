/**
 * Password hashes that wait for the test, so that it can look at running requests.
 */
import { Context, Effect, Latch, Layer } from "effect"
import { PasswordHasher } from "../../src/ports/PasswordHasher.ts"

export class Gate extends Context.Service<Gate, {
  readonly open: Effect.Effect<void>
  /** How many verifications have arrived at the gate. */
  readonly arrived: () => number
}>()("identityd/test/support/GatedHasher/Gate") {}

/** The given hasher, with the gate before its verifications. */
export const layer = Layer.effectContext(Effect.gen(function*() {
  const hasher = yield* PasswordHasher
  const latch = yield* Latch.make(false)
  let arrived = 0
  const gated = PasswordHasher.of({
    ...hasher,
    verify: (password, hash) =>
      Effect.suspend(() => {
        arrived += 1
        return Effect.andThen(latch.await, hasher.verify(password, hash))
      })
  })
  return Context.empty().pipe(
    Context.add(PasswordHasher, gated),
    Context.add(Gate, { open: Effect.asVoid(latch.open), arrived: () => arrived })
  )
}))
