import { Option, Order } from "effect"
import type { Account } from "../../domain/model/Account.ts"
import { emailKey } from "../../domain/model/Email.ts"
import type { Part } from "../../domain/model/Page.ts"
import type { Session } from "../../domain/model/Session.ts"
import type { AccountPosition } from "../../ports/Directory.ts"
import type { SessionPosition } from "../../ports/SessionStore.ts"

const compareCodePoints = (self: ReadonlyArray<string>, that: ReadonlyArray<string>): number => {
  const length = Math.min(self.length, that.length)
  for (let index = 0; index < length; index++) {
    const difference = (self[index]?.codePointAt(0) ?? 0) - (that[index]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return self.length - that.length
}

// Bytewise, as a database with the "C" collation sorts. UTF-16 code units would order some letters differently.
const bytewise = Order.make<string>((self, that) => {
  const order = compareCodePoints([...self], [...that])
  return order < 0 ? -1 : order > 0 ? 1 : 0
})

export const positionOf = (account: Account): AccountPosition => ({
  createdAt: account.createdAt.epochMilliseconds,
  id: account.id,
  emailKey: emailKey(account.email)
})

export const byCreation = Order.combine(
  Order.mapInput(Order.Number, (position: AccountPosition) => position.createdAt),
  Order.mapInput(bytewise, (position: AccountPosition) => position.id)
)

export const byEmailKey = Order.mapInput(bytewise, (position: AccountPosition) => position.emailKey)

/** By id, and so by creation. */
export const byAccountId = bytewise

export const sessionPosition = (session: Session): SessionPosition => ({
  createdAt: session.createdAt.epochMilliseconds,
  id: session.id
})

/** The first `limit` items as a part of their list, which goes on if there are more. */
export const partOf = <A, P>(items: ReadonlyArray<A>, limit: number, positionOf: (item: A) => P): Part<A, P> => {
  const last = items[limit - 1]
  const next = items.length > limit && last !== undefined ? Option.some(positionOf(last)) : Option.none()
  return { items: items.slice(0, limit), next }
}

export const newestFirst = Order.combine(
  Order.flip(Order.mapInput(Order.Number, (position: SessionPosition) => position.createdAt)),
  Order.flip(Order.mapInput(bytewise, (position: SessionPosition) => position.id))
)

export const newest = (sessions: ReadonlyArray<Session>): ReadonlyArray<Session> =>
  sessions.toSorted((self, that) => newestFirst(sessionPosition(self), sessionPosition(that)))
