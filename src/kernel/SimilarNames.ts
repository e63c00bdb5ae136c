import { Array, Option, Order } from "effect"

/** The most edits between a typed name and the name it is taken for. Of a short name, at most half may be wrong. */
const distanceMax = (name: string): number => Math.min(2, Math.floor(name.length / 2))

/** The known name that is closest to a mistyped one, if one is close enough. */
export const mostSimilar = (name: string, known: ReadonlyArray<string>): Option.Option<string> => {
  const distances = known.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  const [nearest] = Array.sort(distances, byDistance)
  return nearest !== undefined && nearest.distance <= distanceMax(name) ? Option.some(nearest.candidate) : Option.none()
}

const byDistance = Order.mapInput(Order.Number, (measured: { readonly distance: number }) => measured.distance)

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
