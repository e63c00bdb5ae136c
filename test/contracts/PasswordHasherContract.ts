/**
 * The contract of password hashers. Each sentence in the port's documentation has a test here.
 *
 * `hasher` builds one whose parameters differ from all in `FOREIGN_HASHES`. It must not be able to queue 300 hashes at
 * once, and runs one at a time, so that they end in the order in which they begin.
 */
import { assert, layer } from "@effect/vitest"
import { Array, Effect, Exit, Fiber, Latch, Redacted, Result, Schema } from "effect"
import type { Layer } from "effect"
import { Password, PASSWORD_LENGTH_MAX, PasswordHash } from "../../src/domain/model/Password.ts"
import { HashRequester, PasswordHasher } from "../../src/ports/PasswordHasher.ts"

const aPassword = Schema.decodeSync(Password)

const PASSWORD = aPassword("correct horse battery staple")

/** Hashes of `PASSWORD` with other parameters, in each of the orders in which libraries write them. */
const FOREIGN_HASHES = [
  "$argon2id$v=19$m=64,t=3,p=1$c29tZXNhbHQxMjM0NTY3OA$C13OngvhZqoOTJT0UnQa1EzMs1lci9ubLd/0+U6kEUg",
  "$argon2id$v=19$m=64,p=1,t=3$c29tZXNhbHQxMjM0NTY3OA$C13OngvhZqoOTJT0UnQa1EzMs1lci9ubLd/0+U6kEUg",
  "$argon2id$v=19$m=64,t=1,p=2$c29tZXNhbHQxMjM0NTY3OA$BjQAhHQDYKQSGeR+JW0NYuO9EZUgP3ktgrAV1vPsQc4",
  "$argon2id$v=19$m=64,p=2,t=1$c29tZXNhbHQxMjM0NTY3OA$BjQAhHQDYKQSGeR+JW0NYuO9EZUgP3ktgrAV1vPsQc4",
  "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$5tYGc6oSUkstUq10c9EQ0xtD8WdsePZgLxV/mVp7znU"
].map((hash) => PasswordHash.make(hash))

const TOO_MANY = 300

let names = 0

/** A text that no other requester has. */
const aName = () => `name ${names += 1}`

/** Starts a hash for a requester. Its result says whether the hash was made; it notes the name when it was. */
const asks = (network: string, account: string, done: Array<string> = []) =>
  PasswordHasher.use((hasher) => Effect.result(hasher.hash(PASSWORD))).pipe(
    Effect.tap((result) => Effect.sync(() => Result.isSuccess(result) && done.push(account))),
    Effect.map(Result.isSuccess),
    Effect.provideService(HashRequester, { network, account }),
    Effect.forkChild({ startImmediately: true })
  )

const hasRoom = (network: string, account: string) =>
  PasswordHasher.use((hasher) => Effect.result(hasher.holdPlace(Effect.void))).pipe(
    Effect.map(Result.isSuccess),
    Effect.provideService(HashRequester, { network, account })
  )

const manyAsk = (requester: () => readonly [network: string, account: string], done: Array<string> = []) =>
  Effect.all(Array.makeBy(TOO_MANY, () => asks(...requester(), done)))

export const passwordHasherContract = <E>(name: string, hasher: Layer.Layer<PasswordHasher, E>): void => {
  layer(hasher)(`${name} password hasher`, (it) => {
    it.effect("a password verifies against its hash, whatever it is made of", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        for (const text of ["correct horse", " ", "", "päßwört 🦉", "nul\0nul", "x".repeat(PASSWORD_LENGTH_MAX)]) {
          const hash = yield* hasher.hash(aPassword(text))
          assert.isTrue(yield* hasher.verify(aPassword(text), hash), text)
        }
      }))

    it.effect.each(
      [
        ["with a blank behind it", "correct horse ", "correct horse"],
        ["in another letter case", "correct horse", "Correct horse"],
        ["that differs behind a NUL", "nul\0a", "nul\0b"],
        ["that differs in the last character of 256", `${"x".repeat(255)}a`, `${"x".repeat(255)}b`],
        ["that differs in the last character of 256, of four bytes each", "🦉".repeat(256), `${"🦉".repeat(255)}🦅`],
        ["that is the beginning of the other", "x".repeat(72), "x".repeat(73)]
      ] as const
    )("[ASVS 6.2.8] a password %s does not verify", ([, chosen, presented]) =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const hash = yield* hasher.hash(aPassword(chosen))
        assert.isFalse(yield* hasher.verify(aPassword(presented), hash))
      }))

    it.effect("[ASVS 11.4.2] two hashes of one password differ", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const hashes = yield* Effect.all(Array.replicate(hasher.hash(PASSWORD), 20))
        assert.strictEqual(new Set(hashes.map((hash) => hash.split("$")[4])).size, 20)
      }))

    it.effect("[ASVS 11.4.2] a hash is an argon2id PHC string, with or without a key id, with 16 bytes of salt and a tag of 32", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const form = /^\$argon2id\$v=19\$[mtp0-9=,]+(,keyid=[a-z0-9-]+)?\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/
        assert.match(yield* hasher.hash(PASSWORD), form)
        assert.match(hasher.decoy, form)
      }))

    it.effect.each(FOREIGN_HASHES)("a hash with other parameters verifies: %s", (hash) =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        assert.isTrue(yield* hasher.verify(PASSWORD, hash))
        assert.isFalse(yield* hasher.verify(aPassword("correct horse battery stable"), hash))
      }))

    it.effect("[ASVS 11.4.2] a hash with other parameters, and only such a one, needs a new hash", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        assert.isFalse(hasher.needsRehash(yield* hasher.hash(PASSWORD)))
        assert.deepStrictEqual(FOREIGN_HASHES.filter((hash) => !hasher.needsRehash(hash)), [])
      }))

    it.effect("[ASVS 6.3.8] no password verifies against the decoy, which has the current parameters", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        assert.isFalse(hasher.needsRehash(hasher.decoy))
        for (const text of ["", Redacted.value(PASSWORD), hasher.decoy]) {
          assert.isFalse(yield* hasher.verify(aPassword(text), hasher.decoy))
        }
      }))

    it.effect("[ASVS 15.2.2] of too many hashes at once some are refused, the others right, and later ones too", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const attempts = yield* Effect.all(Array.replicate(Effect.result(hasher.hash(PASSWORD)), TOO_MANY), {
          concurrency: "unbounded"
        })
        const [hashes, refusals] = Array.separate(attempts)
        assert.isNotEmpty(refusals)
        assert.isNotEmpty(hashes)
        assert.isTrue(yield* hasher.verify(PASSWORD, hashes[0] ?? hasher.decoy))
        const verifications = yield* Effect.all(
          Array.replicate(Effect.result(hasher.verify(PASSWORD, hasher.decoy)), TOO_MANY),
          { concurrency: "unbounded" }
        )
        assert.isTrue(verifications.some(Result.isFailure))
        assert.isTrue(verifications.some(Result.isSuccess))
        yield* hasher.hash(PASSWORD)
      }))

    it.effect("[ASVS 15.2.2] one network that asks for too much is refused, and nobody else", () =>
      Effect.gen(function*() {
        const network = aName()
        const greedy = yield* manyAsk(() => [network, aName()])
        assert.isFalse(yield* hasRoom(network, aName()))
        assert.isTrue(yield* hasRoom(aName(), aName()))
        const others = yield* Effect.all(Array.makeBy(4, () => asks(aName(), aName())))
        assert.deepStrictEqual(yield* Effect.forEach(others, Fiber.join), [true, true, true, true])
        assert.include(yield* Effect.forEach(greedy, Fiber.join), false)
        assert.isTrue(yield* hasRoom(network, aName()))
      }))

    it.effect("[ASVS 15.2.2] who holds a place is not refused, however many ask meanwhile", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const network = aName()
        const ready = yield* Latch.make(false)
        const holder = yield* Effect.result(hasher.holdPlace(Effect.andThen(ready.await, hasher.hash(PASSWORD)))).pipe(
          Effect.provideService(HashRequester, { network, account: aName() }),
          Effect.forkChild({ startImmediately: true })
        )
        const greedy = yield* manyAsk(() => [network, aName()])
        assert.isFalse(yield* hasRoom(network, aName()))
        yield* ready.open
        assert.isTrue(Result.isSuccess(yield* Fiber.join(holder)))
        yield* Effect.forEach(greedy, Fiber.join)
      }))

    it.effect("a place that is held and not used is given back", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const requester = { network: aName(), account: aName() }
        const asOne = Effect.provideService(HashRequester, requester)
        for (const _ of Array.range(1, TOO_MANY)) yield* asOne(hasher.holdPlace(Effect.void))
        const fibers = yield* Effect.all(Array.makeBy(TOO_MANY, () =>
          Effect.forkChild(asOne(hasher.holdPlace(Effect.never)), { startImmediately: true })))
        yield* Fiber.interruptAll(fibers)
        yield* asOne(hasher.holdPlace(Effect.void))
      }))

    it.effect("networks take turns", () =>
      Effect.gen(function*() {
        const [network, done] = [aName(), Array.empty<string>()]
        const greedy = yield* manyAsk(() => [network, aName()], done)
        const other = yield* asks(aName(), "other", done)
        yield* Effect.forEach([...greedy, other], Fiber.join)
        assert.include(done, "other")
        assert.isBelow(done.indexOf("other"), done.length - 1, done.join())
      }))

    it.effect("[ASVS 15.2.2] one account from many networks takes no more than its share", () =>
      Effect.gen(function*() {
        const account = aName()
        const greedy = yield* manyAsk(() => [aName(), account])
        const others = yield* Effect.all(Array.makeBy(4, () => asks(aName(), aName())))
        assert.deepStrictEqual(yield* Effect.forEach(others, Fiber.join), [true, true, true, true])
        const made = yield* Effect.forEach(greedy, Fiber.join)
        assert.include(made, false)
        // More than two at once wait, if there is room.
        assert.isAbove(made.filter((made) => made).length, 2)
      }))

    it.effect("callers that are interrupted leave the queue", () =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const fibers = yield* Effect.all(
          Array.replicate(Effect.forkChild(hasher.hash(PASSWORD), { startImmediately: true }), TOO_MANY)
        )
        yield* Fiber.interruptAll(fibers)
        const exits = yield* Effect.forEach(fibers, Fiber.await)
        assert.isTrue(exits.some(Exit.hasInterrupts))
        yield* hasher.hash(PASSWORD)
      }))
  })
}
