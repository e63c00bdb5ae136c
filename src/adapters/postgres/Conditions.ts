/**
 * The conditions of a statement whose text depends on the query.
 *
 * Each combination of conditions has its own text, and so its own prepared statement and plan. One text for all of
 * them, full of `$1 IS NULL OR …`, would get a single plan that reads the whole table.
 */
import { Option } from "effect"
import { placeholder, placeholders } from "./statement.ts"
import type { Placeholders } from "./statement.ts"

/**
 * The most rows that a statement of a list reads. Matches may be rare, so the statement stops there and returns its
 * position.
 */
export const ROWS_READ_MAX = 1000

export class Conditions {
  readonly #conditions: Array<string> = []
  readonly parameters: Array<unknown>

  /** Two sets of conditions in one statement share its parameters. */
  constructor(parameters: Array<unknown> = []) {
    this.parameters = parameters
  }

  /** Adds a parameter and returns its placeholder. */
  readonly value = (value: unknown): string => placeholder(this.parameters.push(value))

  /** Placeholders for the values of an input, for a fragment that other statements also use. */
  readonly of = <I>(input: I): Placeholders<I> => placeholders((read) => this.parameters.push(read(input)))

  /** Adds a condition. */
  readonly and = (condition: string): this => {
    this.#conditions.push(condition)
    return this
  }

  /** Adds a condition if there is a value to compare with. */
  readonly where = <A>(wanted: Option.Option<A>, condition: (wanted: A) => string): this => {
    if (Option.isSome(wanted)) this.#conditions.push(condition(wanted.value))
    return this
  }

  get clause(): string {
    return this.#conditions.length === 0 ? "" : `WHERE ${this.#conditions.join(" AND ")}`
  }
}
