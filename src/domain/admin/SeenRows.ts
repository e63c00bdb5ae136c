/**
 * Remembers which rows of one import have had an effect, in 15 to 23 bytes for each.
 *
 * Names are 64 bits of a digest: among a million rows, two are confused once in some 37 million imports. Contents are
 * 31 bits: of two different rows of one name, one in two billion counts as the same.
 */
import { Hash } from "effect"

/** The digests of a row: of what makes two rows rows of the same account, and of the rest. */
export interface RowDigest {
  readonly high: number
  readonly low: number
  /** 31 bits of a hash, and never 0, which marks a free place. */
  readonly content: number
}

export interface SeenRows {
  /** Whether a row of this name was added, with this content or another. */
  readonly find: (row: RowDigest) => "other" | "same" | undefined
  readonly add: (row: RowDigest) => void
}

/** `digest` makes at least 16 hexadecimal digits of a text. The content consists of digests already. */
export const rowDigest = (name: string, content: string, digest: (text: string) => string): RowDigest => {
  const ofName = digest(name)
  return {
    high: Number.parseInt(ofName.slice(0, 8), 16),
    low: Number.parseInt(ofName.slice(8, 16), 16),
    content: Hash.string(content) >>> 0 || 1
  }
}

/** Rows are spread over this many tables, because a table that grows needs the memory of two. */
const TABLES = 256

export const makeSeenRows = (): SeenRows => {
  const tables = Array.from({ length: TABLES }, makeTable)
  const tableOf = ({ high }: RowDigest) => tables[high % TABLES]
  return {
    find: (row) => tableOf(row)?.find(row),
    add: (row) => tableOf(row)?.add(row)
  }
}

const PLACES_AT_FIRST = 16

const LOAD_MAX = 0.8

const GROWTH = 1.5

/** Three words for each place: `high`, `low` and `content`. */
const WORDS = 3

const makeTable = (): SeenRows => {
  let words = new Uint32Array(PLACES_AT_FIRST * WORDS)
  let taken = 0

  /** Where the words of a name begin, or those of the free place where it belongs. */
  const placeOf = ({ high, low }: RowDigest): number => {
    const places = words.length / WORDS
    let place = low % places
    while (words[place * WORDS + 2] !== 0 && (words[place * WORDS] !== high || words[place * WORDS + 1] !== low)) {
      place = (place + 1) % places
    }
    return place * WORDS
  }

  const put = (row: RowDigest): void => {
    const at = placeOf(row)
    if (words[at + 2] === 0) taken += 1
    words[at] = row.high
    words[at + 1] = row.low
    words[at + 2] = row.content
  }

  const grow = (): void => {
    const old = words
    words = new Uint32Array(Math.ceil(old.length / WORDS * GROWTH) * WORDS)
    taken = 0
    for (let at = 0; at < old.length; at += WORDS) {
      const content = old[at + 2] ?? 0
      if (content !== 0) put({ high: old[at] ?? 0, low: old[at + 1] ?? 0, content })
    }
  }

  return {
    find: (row) => {
      const content = words[placeOf(row) + 2]
      return content === 0 ? undefined : content === row.content ? "same" : "other"
    },
    add: (row) => {
      if (taken >= words.length / WORDS * LOAD_MAX) grow()
      put(row)
    }
  }
}
