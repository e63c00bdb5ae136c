/**
 * A minimal key-value database. Items are read one at a time or by ranges of keys. A step writes a few items if
 * everything that it read is unchanged. Other requests may come between any two requests of one operation.
 *
 * A step works on copies of the items that it has read and sees nothing else: it can't count, search or expire items.
 * It fails as a defect if it has more items than such a database allows.
 */
import { Effect, Result } from "effect"
import { makeState } from "../../../src/adapters/memory/MemoryState.ts"
import type { MemoryState } from "../../../src/adapters/memory/MemoryState.ts"
import type { AccountId } from "../../../src/domain/model/Account.ts"
import type { Session, SessionId } from "../../../src/domain/model/Session.ts"

/** The most items of a step, counting those that it reads, changed or not, and those that it adds. */
const STEP_ITEMS_MAX = 25

/** The most items of a range that one request reads. */
const RANGE_ITEMS_MAX = 25

/** A session's place in the range of its account. */
export const placeOf = ({ createdAt, id }: { readonly createdAt: number; readonly id: SessionId }): string =>
  `${String(createdAt).padStart(15, "0")} ${id}`

/** Copies of a table's items, which a step reads and changes. */
const copiesOf = <K, V>(
  disk: Map<K, V>,
  copies: Map<K, V>,
  onWrite?: (before: V | undefined, after: V | undefined) => void
) => {
  const read = new Map<K, V | undefined>()
  const keys = () => [...new Set([...read.keys(), ...copies.keys()])]
  return {
    load: (wanted: Iterable<K>) =>
      Effect.forEach(wanted, (key) =>
        Effect.map(Effect.yieldNow, () => {
          const value = disk.get(key)
          read.set(key, value)
          if (value !== undefined) copies.set(key, value)
        }), { discard: true }),
    items: () => keys().length,
    added: () => keys().filter((key) => disk.has(key) !== copies.has(key)).length,
    isCurrent: () => keys().every((key) => disk.get(key) === read.get(key)),
    write: () => {
      for (const key of keys()) {
        const [before, after] = [disk.get(key), copies.get(key)]
        if (after === undefined) disk.delete(key)
        else disk.set(key, after)
        onWrite?.(before, after)
      }
    }
  }
}

const makeStep = (disk: MemoryState, onSession: (before: Session | undefined, after: Session | undefined) => void) => {
  const state = makeState()
  const accounts = copiesOf(disk.accounts, state.accounts)
  const claims = copiesOf(disk.claims, state.claims)
  const sessions = copiesOf(disk.sessions, state.sessions, onSession)
  const heads = copiesOf(disk.heads, state.heads)
  const requests = copiesOf(disk.requests, state.requests)
  const leases = copiesOf(disk.leases, state.leases)
  const budgets = copiesOf(disk.budgets, state.budgets)
  const mails = copiesOf(disk.mails, state.mails)
  const challenges = copiesOf(disk.challenges, state.challenges)
  const challengePlaces = copiesOf(disk.challengePlaces, state.challengePlaces)
  const factors = copiesOf(disk.factors, state.factors)
  const passkeys = copiesOf(disk.passkeys, state.passkeys)
  const apiKeys = copiesOf(disk.apiKeys, state.apiKeys)
  const tables = [
    accounts,
    claims,
    sessions,
    heads,
    requests,
    leases,
    budgets,
    mails,
    challenges,
    challengePlaces,
    factors,
    passkeys,
    apiKeys
  ]
  return {
    step: {
      state,
      accounts: accounts.load,
      claims: claims.load,
      sessions: sessions.load,
      heads: heads.load,
      requests: requests.load,
      leases: leases.load,
      budgets: budgets.load,
      mails: mails.load,
      challenges: challenges.load,
      challengePlaces: challengePlaces.load,
      factors: factors.load,
      passkeys: passkeys.load,
      apiKeys: apiKeys.load
    },
    // Adding or removing a session also changes the range of its account.
    items: () => tables.reduce((sum, { items }) => sum + items(), sessions.added() + state.entries.length),
    isCurrent: () => tables.every(({ isCurrent }) => isCurrent()),
    write: () => {
      for (const { write } of tables) write()
      disk.entries.push(...state.entries)
    }
  }
}

/** One step of an operation: it loads items by their keys and changes the copies in `state`. */
export type Step = ReturnType<typeof makeStep>["step"]

export interface KeyValues {
  /** Loads one item. */
  readonly read: <A>(item: (disk: MemoryState) => A) => Effect.Effect<A>
  /** Loads an account's sessions, newest first, starting after a place. */
  readonly range: (accountId: AccountId, after: string | undefined) => Effect.Effect<{
    readonly ids: ReadonlyArray<SessionId>
    readonly goesOn: boolean
  }>
  readonly inStep: <A, E>(work: (step: Step) => Effect.Effect<A, E>) => Effect.Effect<A, E>
}

export const makeKeyValues = (): KeyValues => {
  const disk = makeState()
  const ranges = new Map<string, Map<string, SessionId>>()

  const onSession = (before: Session | undefined, after: Session | undefined): void => {
    const session = after ?? before
    if (session === undefined) return
    const range = ranges.get(session.accountId) ?? new Map<string, SessionId>()
    const place = placeOf({ createdAt: session.createdAt.epochMilliseconds, id: session.id })
    if (after === undefined) range.delete(place)
    else range.set(place, session.id)
    ranges.set(session.accountId, range)
  }

  const attempt = Effect.fnUntraced(function*<A, E>(work: (step: Step) => Effect.Effect<A, E>) {
    const { isCurrent, items, step, write } = makeStep(disk, onSession)
    const result = yield* Effect.result(work(step))
    yield* Effect.yieldNow
    if (items() > STEP_ITEMS_MAX) return yield* Effect.die(new Error(`a step of ${items()} items`))
    if (!isCurrent()) return undefined
    if (Result.isSuccess(result)) write()
    return result
  })

  const inStep = Effect.fnUntraced(function*<A, E>(
    work: (step: Step) => Effect.Effect<A, E>
  ): Effect.fn.Return<A, E> {
    let result = yield* attempt(work)
    while (result === undefined) result = yield* attempt(work)
    return yield* Effect.fromResult(result)
  })

  return {
    inStep,
    read: (item) => Effect.map(Effect.yieldNow, () => item(disk)),
    range: (accountId, after) =>
      Effect.map(Effect.yieldNow, () => {
        const rest = [...ranges.get(accountId) ?? []]
          .filter(([place]) => after === undefined || place < after)
          .toSorted(([self], [that]) => self < that ? 1 : -1)
        return { ids: rest.slice(0, RANGE_ITEMS_MAX).map(([, id]) => id), goesOn: rest.length > RANGE_ITEMS_MAX }
      })
  }
}
