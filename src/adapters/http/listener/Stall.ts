/**
 * Notices a client that reads nothing, because its waiting output stays the same for a while. There is no timer for
 * each request: a sweep looks at all connections at regular intervals.
 */

/** The number of sweeps in the time that a client may read nothing. */
export const SWEEPS = 10

export class Stall {
  #sent = -1
  #queued = -1
  #sweeps = 0

  clear(): void {
    this.#sweeps = 0
  }

  /** Whether these figures have been the same for too long. The first sweep comes up to one interval late. */
  isOver(sent: number, queued: number): boolean {
    const isSame = this.#sweeps > 0 && sent === this.#sent && queued === this.#queued
    this.#sweeps = isSame ? this.#sweeps + 1 : 1
    this.#sent = sent
    this.#queued = queued
    return this.#sweeps >= SWEEPS
  }
}
