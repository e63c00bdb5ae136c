/** How well two kinds of times are told apart. */

/** The probability that a random one of `slow` takes longer than one of `fast`. */
export const areaUnderCurve = (slow: ReadonlyArray<number>, fast: ReadonlyArray<number>): number => {
  const ranked = [...slow.map((time) => ({ time, slow: true })), ...fast.map((time) => ({ time, slow: false }))]
    .toSorted((self, that) => self.time - that.time)
  const rankSum = ranked.reduce((sum, { slow }, index) => slow ? sum + index + 1 : sum, 0)
  return (rankSum - (slow.length * (slow.length + 1)) / 2) / (slow.length * fast.length)
}

/** Five in a hundred, and two standard errors of the area between samples that do not differ. */
export const toleranceOf = (samples: number) => 0.05 + 2 * Math.sqrt((2 * samples + 1) / (12 * samples * samples))
