/**
 * [P4] At most one account holds an email, in whatever spelling and however many ask for it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { anAddress, aSession, PASSWORD, signIn, signUp } from "./Person.ts"
import { RACE_TIMEOUT, roundsOf, servers, TwoServers } from "./TwoServers.ts"

const FULL_WIDTH = 0xfee0

const inFullWidth = (text: string) =>
  text.replaceAll(/[a-z0-9]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + FULL_WIDTH))

/** 50 spellings of one address: letter case, the widths and forms Unicode has for letters, and those of the domain. */
const spellings = (round: number): ReadonlyArray<string> => {
  const local = `fiské.1.${round}`
  const locals = [
    local,
    local.toUpperCase(),
    `F${local.slice(1)}`,
    local.normalize("NFD"),
    local.toUpperCase().normalize("NFD"),
    inFullWidth(local),
    local.replace("fi", "ﬁ"),
    local.replace("k", "\u212a"),
    local.replace("s", "ſ"),
    local.replace("1", "①")
  ]
  const domains = [
    "bücher.example",
    "BÜCHER.example",
    "bu\u0308cher.example",
    "xn--bcher-kva.example",
    "ｂücher.example"
  ]
  return locals.flatMap((name) => domains.map((domain) => `${name}@${domain}`))
}

/** Somebody at each server who is signed in and about to move to another email. */
const aMover = Effect.fnUntraced(function*(server: 0 | 1) {
  const address = anAddress()
  const { body } = yield* signUp(server, address)
  const { token } = yield* aSession(server, address)
  return { server, address, token, id: body["id"] }
})

describe("on two servers", () => {
  it.live("[P4] of 50 who sign up with spellings of one address at once, one does", () =>
    Effect.gen(function*() {
      const { checkAudit } = yield* TwoServers
      let [attempts, created, refused] = [0, 0, 0]
      for (const round of yield* roundsOf(4)) {
        const addresses = spellings(round)
        assert.strictEqual(new Set(addresses).size, 50)
        const replies = yield* Effect.forEach(addresses, (address, index) => signUp(index % 2 === 0 ? 0 : 1, address), {
          concurrency: "unbounded"
        })
        const taken = replies.filter(({ body }) => body["code"] === "email-already-exists")
        assert.lengthOf(replies.filter(({ status }) => status === 201), 1)
        assert.lengthOf(taken, replies.length - 1)
        attempts += replies.length
        created += 1
        refused += taken.length
      }
      const entries = yield* checkAudit
      yield* Effect.log("sign-up × sign-up in other spellings", { attempts, created, refused, entries })
    }).pipe(Effect.provide(TwoServers.layer)), RACE_TIMEOUT)

  it.live("[P4] an email that some move to while others sign up with it has one holder", () =>
    Effect.gen(function*() {
      const { checkAudit, send } = yield* TwoServers
      const won = { byMoving: 0, bySigningUp: 0 }
      for (const round of yield* roundsOf(16)) {
        const email = anAddress()
        const movers = yield* Effect.forEach(servers, aMover)
        const json = { email, current_password: PASSWORD }
        const moves = movers.map(({ server, token }) =>
          send(server, "PATCH", "/accounts/me", { token, json, headers: { "if-match": "*" } })
        )
        // Moving takes more steps, so sign-ups wait a little: sometimes too long, sometimes not long enough.
        const signUps = servers.map((server) =>
          Effect.delay(signUp(server, email.toUpperCase()), `${round % 8} millis`)
        )
        const replies = yield* Effect.all([...moves, ...signUps], { concurrency: "unbounded" })
        assert.deepStrictEqual(replies.map(({ status }) => status).toSorted().slice(1), [409, 409, 409])
        const holder = replies.find(({ status }) => status < 300)?.body["id"]
        assert.strictEqual((yield* signIn(0, email)).body["account_id"], holder)
        const moved = movers.filter(({ id }) => id === holder)
        for (const mover of movers) {
          assert.strictEqual((yield* signUp(mover.server, mover.address)).status, moved.includes(mover) ? 201 : 409)
        }
        if (moved.length === 1) won.byMoving += 1
        else won.bySigningUp += 1
      }
      const entries = yield* checkAudit
      yield* Effect.log("email change × sign-up", { contenders: 4, ...won, entries })
    }).pipe(Effect.provide(TwoServers.layer)), RACE_TIMEOUT)
})
