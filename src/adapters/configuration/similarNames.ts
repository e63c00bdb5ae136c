/** How many letters may differ for a name to be taken for a slip of another. */
const DISTANCE_MAX = 3

/** The known names that an unknown one was probably meant to be, likeliest first. */
export const similarNames = (name: string, known: ReadonlyArray<string>): ReadonlyArray<string> =>
  known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => distance <= DISTANCE_MAX)
    .toSorted((one, other) => one.distance - other.distance)
    .map(({ candidate }) => candidate)

const editDistance = (from: string, to: string): number => {
  let row = [...to, ""].map((_, column) => column)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
