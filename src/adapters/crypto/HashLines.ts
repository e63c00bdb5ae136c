/** The hashes in line, by network, and how many there are of each network. */
import type { HashRequester } from "../../ports/PasswordHasher.ts"

/** A count for each network, and their sum. */
export interface Tally {
  readonly of: (network: string | undefined) => number
  readonly total: () => number
  readonly networks: () => Iterable<string | undefined>
}

export const makeTally = () => {
  const numbers = new Map<string | undefined, number>()
  let total = 0
  const of = (network: string | undefined): number => numbers.get(network) ?? 0
  return {
    of,
    total: () => total,
    networks: () => numbers.keys(),
    add: (network: string | undefined, by: 1 | -1): void => {
      total += by
      const number = of(network) + by
      if (number === 0) numbers.delete(network)
      else numbers.set(network, number)
    }
  }
}

interface InLine {
  readonly requester: HashRequester
}

/** A line for each network. Networks take turns in this order. */
export const makeLines = <A extends InLine>() => {
  const lines = new Map<string | undefined, Array<A>>()
  let length = 0
  const lengthOf = (network: string | undefined): number => lines.get(network)?.length ?? 0
  return {
    length: () => length,
    lengthOf,

    add: (turn: A): void => {
      length += 1
      const line = lines.get(turn.requester.network)
      if (line === undefined) lines.set(turn.requester.network, [turn])
      else line.push(turn)
    },

    /**
     * How many come before a hash that joins now: all of its own network, and of each other network at most one more
     * than that. Held places count as being in line.
     */
    ahead: (network: string | undefined, held: Tally): number => {
      const own = lengthOf(network) + held.of(network)
      const ofOther = (other: string | undefined) =>
        other === network ? 0 : Math.min(lengthOf(other) + held.of(other), own + 1)
      let ahead = own
      for (const other of lines.keys()) ahead += ofOther(other)
      for (const other of held.networks()) if (!lines.has(other)) ahead += ofOther(other)
      return ahead
    },

    /** Takes the next one. Its network then goes to the end of the round. */
    take: (): A | undefined => {
      for (const [network, line] of lines) {
        const turn = line.shift()
        lines.delete(network)
        if (line.length > 0) lines.set(network, line)
        length -= 1
        return turn
      }
      return undefined
    },

    remove: (turn: A): void => {
      const line = lines.get(turn.requester.network) ?? []
      remove(line, turn)
      length -= 1
      if (line.length === 0) lines.delete(turn.requester.network)
    }
  }
}

export const remove = <A>(items: Array<A>, item: A): void => {
  const index = items.indexOf(item)
  if (index >= 0) items.splice(index, 1)
}
