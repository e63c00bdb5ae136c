/** Chance that a seed repeats: the mulberry32 generator. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = this.#state + 0x6d2b79f5 >>> 0
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32
  }

  /** A whole number, `from` included and `to` not. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from))
  }

  /** One of these. */
  pick<A>(choices: ReadonlyArray<A>): A | undefined {
    return choices[this.between(0, choices.length)]
  }
}
