/**
 * Random histories of everything the stores can do, the same ones for the same seed.
 *
 * Steps work on a handful of emails, accounts and sessions, so that most of them meet something: claims that are taken,
 * versions that are stale, sessions that are over. A step returns what can be observed of the stores. An ended session
 * may already have been removed, so only live ones count.
 */
import { DateTime, Effect } from "effect"
import { AccountId } from "../../src/domain/model/Account.ts"
import { AuditEntryId, AuditEvent } from "../../src/domain/model/Audit.ts"
import { Email } from "../../src/domain/model/Email.ts"
import { SessionId } from "../../src/domain/model/Session.ts"
import { START } from "../support/builders.ts"
import { accountSteps } from "./account-steps.ts"
import { sessionSteps } from "./session-steps.ts"
import type { Step, StepMaker, World } from "./Step.ts"

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
const makeRandom = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Steps without end. `lane` keeps the emails, ids and keys of histories apart. */
export function* history(seed: number, lane: number): Generator<Step> {
  const random = makeRandom(seed + lane)
  let now = START
  const world = makeWorld(random, lane, () => now)
  while (true) {
    now = DateTime.addDuration(now, `${world.below(240_000)} millis`)
    let ticket = random() * total
    const [, make] = makers.find(([weight]) => (ticket -= weight) < 0) ?? fallback
    yield make(world)
  }
}

const makers: ReadonlyArray<StepMaker> = [...accountSteps, ...sessionSteps]

const fallback: StepMaker = [0, () => ({ name: "nothing", run: () => Effect.void })]

const total = makers.reduce((sum, [weight]) => sum + weight, 0)

const makeWorld = (random: () => number, lane: number, now: () => DateTime.Utc): World => {
  let made = 0
  const below = (limit: number) => Math.floor(random() * limit)
  const chance = (probability: number) => random() < probability
  const pick = <A, B>(items: ReadonlyArray<A>, otherwise: B): A | B => items[below(items.length)] ?? otherwise
  const digits = () => `${lane.toString(36)}${(made += 1).toString(36).padStart(10, "0")}`.padStart(25, "0")
  const emails = Array.from({ length: 6 }, (_, index) => Email.make(`Lane${lane}-${index}@example.com`))
  const accounts = [AccountId.make(`acct_${digits()}`)]
  const sessions = [SessionId.make(`ses_${digits()}`)]
  const keys: World["keys"] = []
  return {
    lane,
    below,
    chance,
    pick,
    digits,
    made: () => made,
    now,
    accounts,
    sessions,
    keys,
    anyEmail: () => pick(emails, Email.make("nobody@example.com")),
    anAccount: () => pick(accounts.slice(-8), AccountId.make(`acct_${digits()}`)),
    aSession: () => pick(sessions.slice(-12), SessionId.make(`ses_${digits()}`)),
    anEvent: (accountId, action = "account.updated") =>
      AuditEvent.make({
        id: AuditEntryId.make(`aud_${digits()}`),
        chain: accountId,
        occurredAt: now(),
        actor: { type: "admin", name: "model" },
        action,
        accountId,
        sessionId: undefined,
        changed: chance(0.3) ? ["email", "display_name"] : [],
        requestId: chance(0.5) ? `request-${made}` : undefined,
        clientAddress: undefined
      }),
    completion: () => {
      const claim = chance(0.2) ? pick(keys.slice(-3), undefined) : undefined
      return claim === undefined ? {} : { request: { ...claim, answer: `answer-${made}` } }
    }
  }
}
