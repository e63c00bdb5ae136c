/**
 * Decides which hash runs, waits or is refused: the bookkeeping of `HashAdmission`, without effects.
 *
 * Networks take turns, so the only hash of a network waits for at most one hash of each other network. A network holds
 * at most a quarter of the places. An account has at most two hashes in line or at work. Further ones wait aside until
 * one of the two has ended, so that an account under attack from many networks takes two places, not all of them.
 *
 * A place may be held for a hash that is requested later. It counts as being in line, but leads to refusals only once
 * there is a crowd: many guesses at one account arrive at once, and their budget refuses all but a few before they
 * hash.
 */
import type { HashRequester } from "../../ports/PasswordHasher.ts"
import { makeLines, makeTally, remove } from "./HashLines.ts"
import type { Tally } from "./HashLines.ts"

/** Why a hash is refused. `time`: the wait would be too long. `places`: too many wait. */
export type HashRefusal = "account-share" | "network-share" | "places" | "time"

/** One requested hash. */
export interface Turn {
  readonly requester: HashRequester
  /** Called when it may begin after a wait. */
  readonly begin: () => void
  state: "aside" | "in-line" | "at-work" | undefined
}

export interface HashQueueOptions {
  /** The most hashes at once, now. Asked whenever a hash is requested or ends. */
  readonly slots: () => number
  /** The most hashes that wait in line. */
  readonly placesMax: number
  /** The most hashes that may have to end before one begins. */
  readonly aheadMax: () => number
}

/** What happens to a requested hash. `ahead` is about how many others begin before it. */
export type Prospect =
  | { readonly state: "aside" | "in-line" | "at-work"; readonly refusal?: undefined; readonly ahead: number }
  | { readonly state?: undefined; readonly refusal: HashRefusal; readonly ahead: number }

export interface HashQueue {
  /** Refuses if `enter` would refuse now. Otherwise holds a place, if one is free. */
  readonly hold: (
    requester: HashRequester
  ) => { readonly isHeld: boolean; readonly refusal: HashRefusal | undefined; readonly ahead: number }
  /** Gives back a held place that isn't used, and lets the next one begin. */
  readonly release: (requester: HashRequester) => void
  /** Gives a turn a slot or a place, or refuses it. Every turn that isn't refused has to `leave`. */
  readonly enter: (turn: Turn) => Prospect
  /** Gives a turn the place that was held for its requester. Never refuses. */
  readonly enterHeld: (turn: Turn) => void
  /** Removes a turn that has ended or was abandoned, and lets the next one begin. */
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

const NO_PLACES: Tally = { of: () => 0, total: () => 0, networks: () => [] }

export const makeHashQueue = ({ aheadMax, placesMax, slots }: HashQueueOptions): HashQueue => {
  const lines = makeLines<Turn>()
  const held = makeTally()
  const accounts = new Map<string, AccountShare>()
  /** How many of each network wait, in line or aside. */
  const waiting = makeTally()
  const shareMax = Math.max(1, Math.floor(placesMax / 4))
  let atWork = 0

  const shareOf = (account: string | undefined): AccountShare | undefined =>
    account === undefined ? undefined : accounts.get(account)

  const activate = ({ account }: HashRequester): void => {
    if (account === undefined) return
    const share = shareOf(account)
    if (share === undefined) accounts.set(account, { active: 1, aside: [] })
    else share.active += 1
  }

  /** Makes room for a turn of the account that waits aside. It goes to the end of its network's line. */
  const deactivate = ({ account }: HashRequester): void => {
    const share = shareOf(account)
    if (account === undefined || share === undefined) return
    const next = share.aside.shift()
    if (next !== undefined) {
      next.state = "in-line"
      lines.add(next)
      return
    }
    share.active -= 1
    if (share.active === 0) accounts.delete(account)
  }

  const prospectBeside = (held: Tally, { account, network }: HashRequester): Prospect => {
    const share = shareOf(account)
    const inLine = lines.ahead(network, held)
    const isOverShare = network !== undefined && waiting.of(network) + held.of(network) >= shareMax
    if (share !== undefined && share.active >= AT_ONCE_PER_ACCOUNT) {
      const ahead = inLine + share.active + share.aside.length
      if (share.aside.length >= shareMax) return { refusal: "account-share", ahead }
      if (isOverShare) return { refusal: "network-share", ahead }
      return ahead > aheadMax() ? { refusal: "time", ahead } : { state: "aside", ahead }
    }
    if (atWork + held.total() < slots()) return { state: "at-work", ahead: 0 }
    if (lines.length() + held.total() >= placesMax) return { refusal: "places", ahead: inLine }
    if (isOverShare) return { refusal: "network-share", ahead: inLine }
    return inLine > aheadMax() ? { refusal: "time", ahead: inLine } : { state: "in-line", ahead: inLine }
  }

  /** Whether the network has more in line than one account may have, or many of the account wait aside. */
  const isCrowded = ({ account, network }: HashRequester): boolean =>
    lines.lengthOf(network) > AT_ONCE_PER_ACCOUNT || (shareOf(account)?.aside.length ?? 0) * 2 > shareMax

  const consider = (requester: HashRequester): Prospect & { readonly isSure: boolean } => {
    const prospect = prospectBeside(held, requester)
    if (prospect.refusal === undefined) return { ...prospect, isSure: true }
    return { ...(isCrowded(requester) ? prospect : prospectBeside(NO_PLACES, requester)), isSure: false }
  }

  const fillSlots = (): void => {
    while (atWork < slots()) {
      const next = lines.take()
      if (next === undefined) return
      atWork += 1
      waiting.add(next.requester.network, -1)
      next.state = "at-work"
      next.begin()
    }
  }

  const hold = (requester: HashRequester): ReturnType<HashQueue["hold"]> => {
    const { ahead, isSure, refusal } = consider(requester)
    if (isSure) held.add(requester.network, 1)
    return { ahead, isHeld: isSure, refusal }
  }

  const release = ({ network }: HashRequester): void => {
    held.add(network, -1)
    fillSlots()
  }

  const place = (turn: Turn, state: NonNullable<Turn["state"]>): void => {
    const { requester } = turn
    turn.state = state
    if (state === "aside") shareOf(requester.account)?.aside.push(turn)
    else activate(requester)
    if (state === "in-line") lines.add(turn)
    if (state === "at-work") atWork += 1
    else waiting.add(requester.network, 1)
  }

  const enter = (turn: Turn): Prospect => {
    fillSlots()
    const prospect = consider(turn.requester)
    if (prospect.state !== undefined) place(turn, prospect.state)
    return prospect
  }

  const enterHeld = (turn: Turn): void => {
    release(turn.requester)
    const { active } = shareOf(turn.requester.account) ?? { active: 0 }
    place(turn, active >= AT_ONCE_PER_ACCOUNT ? "aside" : atWork < slots() ? "at-work" : "in-line")
  }

  const leave = (turn: Turn): void => {
    const { requester, state } = turn
    if (state === "aside") {
      remove(shareOf(requester.account)?.aside ?? [], turn)
      return waiting.add(requester.network, -1)
    }
    if (state === "in-line") {
      lines.remove(turn)
      waiting.add(requester.network, -1)
      return deactivate(requester)
    }
    atWork -= 1
    deactivate(requester)
    fillSlots()
  }

  return { hold, release, enter, enterHeld, leave, waiting: waiting.total }
}
