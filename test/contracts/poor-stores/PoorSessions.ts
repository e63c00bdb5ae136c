import type { DateTime } from "effect"
import { Effect, Option } from "effect"
import type { AccountId } from "../../../src/domain/model/Account.ts"
import type { Part } from "../../../src/domain/model/Page.ts"
import { isLive, SESSIONS_COUNTED_MAX } from "../../../src/domain/model/Session.ts"
import type { Session, SessionId } from "../../../src/domain/model/Session.ts"
import type { SessionPosition } from "../../../src/ports/SessionStore.ts"
import { placeOf } from "./KeyValues.ts"
import type { KeyValues } from "./KeyValues.ts"

interface Listing {
  readonly accountId: AccountId
  readonly now: DateTime.Utc
  readonly limit: number
  readonly after: string | undefined
}

const positionOf = ({ createdAt, id }: Session): SessionPosition => ({ createdAt: createdAt.epochMilliseconds, id })

/** A part of an account's live sessions, newest first: the live ones among the sessions of one read. */
export const listLive = Effect.fnUntraced(function*(
  { range, read }: KeyValues,
  { accountId, after, limit, now }: Listing
): Effect.fn.Return<Part<Session, SessionPosition>> {
  const account = yield* read(({ accounts }) => accounts.get(accountId)?.account)
  if (account === undefined) return { items: [], next: Option.none() }
  const { goesOn, ids } = yield* range(accountId, after)
  const found = yield* Effect.forEach(ids, (id) => read(({ sessions }) => sessions.get(id)))
  const sessions = found.filter((session) => session !== undefined)
  const live = sessions.filter((session) => isLive(session, account, now))
  const items = live.slice(0, limit)
  const last = live.length > limit ? items.at(-1) : goesOn ? sessions.at(-1) : undefined
  return { items, next: Option.map(Option.fromUndefinedOr(last), positionOf) }
})

/** How many live sessions an account has, without one of them, counted part by part. */
export const countLive = Effect.fnUntraced(function*(
  keyValues: KeyValues,
  accountId: AccountId,
  now: DateTime.Utc,
  except?: SessionId
) {
  let count = 0
  let after: string | undefined
  do {
    const { items, next } = yield* listLive(keyValues, { accountId, now, limit: SESSIONS_COUNTED_MAX, after })
    count += items.filter(({ id }) => id !== except).length
    after = Option.getOrUndefined(Option.map(next, placeOf))
  } while (after !== undefined && count < SESSIONS_COUNTED_MAX)
  return Math.min(count, SESSIONS_COUNTED_MAX)
})
