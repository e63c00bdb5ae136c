/**
 * Who may hash now, who waits, and who is turned away: the book-keeping of `HashAdmission`, without any effect.
 *
 * Networks take turns, so somebody from a network where nobody else waits is next but for one hash of each other
 * network. A network holds a quarter of the places. Of one account two hashes are in line or at work; more of them wait
 * aside until one of the two has ended, so that an account that is asked for from many networks takes two of the places
 * and not all of them.
 */
import type { HashRequester } from "../../ports/PasswordHasher.ts"

/** Why a hash is refused. `time` is the bound on the wait, `places` the one on those who wait. */
export type HashRefusal = "account-share" | "network-share" | "places" | "time"

/** One hash that somebody asked for. */
export interface Turn {
  readonly requester: HashRequester
  /** Called when it may begin after it had to wait. */
  readonly begin: () => void
  state: "aside" | "in-line" | "at-work" | undefined
}

export interface HashQueueOptions {
  /** The most hashes at once. */
  readonly concurrency: number
  /** The most that wait in line. */
  readonly placesMax: number
  /** The most hashes that may have to end before one begins. */
  readonly aheadMax: () => number
}

/** What becomes of a hash that somebody asks for. `ahead` is about how many others begin before it. */
export type Prospect =
  | { readonly state: "aside" | "in-line" | "at-work"; readonly refusal?: undefined; readonly ahead: number }
  | { readonly state?: undefined; readonly refusal: HashRefusal; readonly ahead: number }

export interface HashQueue {
  /** What would become of a turn now. */
  readonly consider: (requester: HashRequester) => Prospect
  /** Gives a turn a slot or a place, or refuses it. Only a refused one need not leave. */
  readonly enter: (turn: Turn) => Prospect
  /** For a turn that has ended, or that nobody waits for any more. Lets the next one begin. */
  readonly leave: (turn: Turn) => void
  /** How many wait, in line or aside. */
  readonly waiting: () => number
}

/** The most hashes of one account in line or at work. */
const AT_ONCE_PER_ACCOUNT = 2

interface AccountShare {
  /** In line or at work. */
  active: number
  readonly aside: Array<Turn>
}

export const makeHashQueue = ({ aheadMax, concurrency, placesMax }: HashQueueOptions): HashQueue => {
  const lines = makeLines()
  const accounts = new Map<string, AccountShare>()
  /** How many of each network wait, in line or aside. */
  const waitingOf = new Map<string | undefined, number>()
  const shareMax = Math.max(1, Math.floor(placesMax / 4))
  let atWork = 0
  let aside = 0

  const shareOf = (account: string | undefined): AccountShare | undefined =>
    account === undefined ? undefined : accounts.get(account)

  const countWaiting = ({ network }: HashRequester, by: 1 | -1): void => {
    const waiting = (waitingOf.get(network) ?? 0) + by
    if (waiting === 0) waitingOf.delete(network)
    else waitingOf.set(network, waiting)
  }

  const activate = ({ account }: HashRequester): void => {
    if (account === undefined) return
    const share = shareOf(account)
    if (share === undefined) accounts.set(account, { active: 1, aside: [] })
    else share.active += 1
  }

  /** Makes room for one that waits aside, which then goes to the end of its network's line. */
  const deactivate = ({ account }: HashRequester): void => {
    const share = shareOf(account)
    if (account === undefined || share === undefined) return
    const next = share.aside.shift()
    if (next !== undefined) {
      aside -= 1
      next.state = "in-line"
      lines.add(next)
      return
    }
    share.active -= 1
    if (share.active === 0) accounts.delete(account)
  }

  const consider = ({ account, network }: HashRequester): Prospect => {
    const share = shareOf(account)
    const inLine = lines.ahead(network)
    const isOverShare = network !== undefined && (waitingOf.get(network) ?? 0) >= shareMax
    if (share !== undefined && share.active >= AT_ONCE_PER_ACCOUNT) {
      const ahead = inLine + share.active + share.aside.length
      if (share.aside.length >= shareMax) return { refusal: "account-share", ahead }
      if (isOverShare) return { refusal: "network-share", ahead }
      return ahead > aheadMax() ? { refusal: "time", ahead } : { state: "aside", ahead }
    }
    if (atWork < concurrency) return { state: "at-work", ahead: 0 }
    if (lines.length() >= placesMax) return { refusal: "places", ahead: inLine }
    if (isOverShare) return { refusal: "network-share", ahead: inLine }
    return inLine > aheadMax() ? { refusal: "time", ahead: inLine } : { state: "in-line", ahead: inLine }
  }

  const enter = (turn: Turn): Prospect => {
    const { requester } = turn
    const prospect = consider(requester)
    if (prospect.state === undefined) return prospect
    turn.state = prospect.state
    if (turn.state === "aside") {
      shareOf(requester.account)?.aside.push(turn)
      aside += 1
    } else activate(requester)
    if (turn.state === "in-line") lines.add(turn)
    if (turn.state === "at-work") atWork += 1
    else countWaiting(requester, 1)
    return prospect
  }

  const leave = (turn: Turn): void => {
    const { requester, state } = turn
    if (state === "aside") {
      remove(shareOf(requester.account)?.aside ?? [], turn)
      aside -= 1
      return countWaiting(requester, -1)
    }
    if (state === "in-line") {
      lines.remove(turn)
      countWaiting(requester, -1)
      return deactivate(requester)
    }
    deactivate(requester)
    const next = lines.take()
    if (next === undefined) {
      atWork -= 1
      return
    }
    countWaiting(next.requester, -1)
    next.state = "at-work"
    next.begin()
  }

  return { consider, enter, leave, waiting: () => lines.length() + aside }
}

/** Those in line by network, in the order in which the networks have their turn. */
const makeLines = () => {
  const lines = new Map<string | undefined, Array<Turn>>()
  let length = 0
  return {
    length: () => length,

    add: (turn: Turn): void => {
      length += 1
      const line = lines.get(turn.requester.network)
      if (line === undefined) lines.set(turn.requester.network, [turn])
      else line.push(turn)
    },

    /**
     * How many come before somebody who joins now: all of the own network, and of each other one as many and one more.
     */
    ahead: (network: string | undefined): number => {
      const own = lines.get(network)?.length ?? 0
      let ahead = 0
      for (const [other, line] of lines) ahead += other === network ? own : Math.min(line.length, own + 1)
      return ahead
    },

    /** The next one, whose network then goes to the end of the round. */
    take: (): Turn | undefined => {
      for (const [network, line] of lines) {
        const turn = line.shift()
        lines.delete(network)
        if (line.length > 0) lines.set(network, line)
        length -= 1
        return turn
      }
      return undefined
    },

    remove: (turn: Turn): void => {
      const line = lines.get(turn.requester.network) ?? []
      remove(line, turn)
      length -= 1
      if (line.length === 0) lines.delete(turn.requester.network)
    }
  }
}

const remove = (turns: Array<Turn>, turn: Turn): void => {
  const index = turns.indexOf(turn)
  if (index >= 0) turns.splice(index, 1)
}
