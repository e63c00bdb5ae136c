/**
 * Notices a client that reads nothing: whatever waits to be sent looks the same for a while. Nobody times single
 * requests; all connections are looked at together, at regular intervals.
 */

/** How many looks there are in the time that a client may leave what was sent to it unread. */
export const LOOKS = 10

export class Stall {
  #sent = -1
  #queued = -1
  #looks = 0

  clear(): void {
    this.#looks = 0
  }

  /** Whether these figures have been the same for too long. The first look comes up to one interval late. */
  isOver(sent: number, queued: number): boolean {
    const isSame = this.#looks > 0 && sent === this.#sent && queued === this.#queued
    this.#looks = isSame ? this.#looks + 1 : 1
    this.#sent = sent
    this.#queued = queued
    return this.#looks >= LOOKS
  }
}
