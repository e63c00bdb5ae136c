/** Curves through measurements, and how far they are off where nothing was fitted. */

/** What a coefficient is multiplied with, at a size. */
export type Term = (size: number) => number

export const constant: Term = () => 1

type Row = ReadonlyArray<number>

/** Coefficients of terms, by least squares; of relative differences where sizes differ by orders of magnitude. */
const coefficientsOf = (
  points: ReadonlyArray<readonly [x: number, y: number]>,
  terms: ReadonlyArray<Term>,
  isRelative: boolean
): Row => {
  const rows = points.map(([x, y]) => {
    const weight = isRelative ? 1 / y : 1
    return { values: terms.map((term) => term(x) * weight), y: y * weight }
  })
  const sum = (figure: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + figure(row), 0)
  return solve(terms.map((_, i) => [
    ...terms.map((_, j) => sum(({ values }) => (values[i] ?? NaN) * (values[j] ?? NaN))),
    sum(({ values, y }) => (values[i] ?? NaN) * y)
  ]))
}

/** Solves equations, each a row of coefficients and a value, by elimination. Sums of squares need no pivoting. */
const solve = ([first = [], ...others]: ReadonlyArray<Row>): Row => {
  const [head = NaN, ...rest] = first
  const solved = others.length === 0 ?
    [] :
    solve(
      others.map(([factor = NaN, ...row]) => row.map((value, index) => value - factor / head * (rest[index] ?? NaN)))
    )
  const known = solved.reduce((total, value, index) => total + value * (rest[index] ?? NaN), 0)
  return [((rest.at(-1) ?? NaN) - known) / head, ...solved]
}

/** The slope of a line through points. */
export const slopeOf = (points: ReadonlyArray<readonly [x: number, y: number]>): number =>
  coefficientsOf(points, [constant, (x) => x], false)[1] ?? NaN

/** A measurement at a size. One that is held out is not fitted: it shows how far a model is off elsewhere. */
export interface Point {
  readonly size: number
  readonly micros: number
  readonly isHeldOut: boolean
}

export interface Model {
  /** Of its terms. */
  readonly coefficients: Row
  readonly at: (size: number) => number
  /** Shares of what was measured at the points that were held out. */
  readonly error: { readonly mean: number; readonly most: number }
}

export const fit = (points: ReadonlyArray<Point>, terms: ReadonlyArray<Term>): Model => {
  const fitted = points.filter(({ isHeldOut }) => !isHeldOut)
  const coefficients = coefficientsOf(fitted.map(({ micros, size }) => [size, micros]), terms, true)
  const at = (size: number) =>
    terms.reduce((total, term, index) => total + (coefficients[index] ?? NaN) * term(size), 0)
  const errors = points.filter(({ isHeldOut }) => isHeldOut).map(({ micros, size }) => Math.abs(at(size) / micros - 1))
  const mean = errors.reduce((total, error) => total + error, 0) / errors.length
  return { coefficients, at, error: { mean, most: Math.max(...errors) } }
}

/** What is drawn filled and hollow. */
export const LEGEND = "Filled points were fitted, hollow ones were not."

/** Its coefficients with what they are multiplied with, in the order of the terms. */
export const spellFormula = ({ coefficients }: Model, names: ReadonlyArray<string>): string =>
  coefficients.map((value, index) => {
    const size = Number(Math.abs(value).toPrecision(3))
    return [value < 0 ? "−" : index === 0 ? "" : "+", `${size}${names[index] ?? ""}`].filter((part) => part !== "")
      .join(" ")
  }).join(" ")

/** The error of a model in words. */
export const spellError = ({ error }: Model): string =>
  `off by ${percent(error.mean)} on average and by ${percent(error.most)} at most`

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
