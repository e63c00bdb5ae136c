/**
 * Conditions of a statement that depend on what is asked for.
 *
 * Each set of conditions is a text of its own, hence a prepared statement of its own with a plan made for it. One text
 * for all of them, full of `$1 IS NULL OR …`, would get one plan, and that reads the whole table.
 */
import { Option } from "effect"

/**
 * The most rows that a statement of a list reads. What it looks for may be rare, so it gives up there and says where it
 * has come to.
 */
export const ROWS_READ_MAX = 1000

export class Conditions {
  readonly #conditions: Array<string> = []
  readonly parameters: Array<unknown>

  /** Conditions of two parts of one statement share its parameters. */
  constructor(parameters: Array<unknown> = []) {
    this.parameters = parameters
  }

  /** The parameter that stands for a value. */
  readonly value = (value: unknown): string => `$${this.parameters.push(value)}`

  /** Adds a condition. */
  readonly and = (condition: string): this => {
    this.#conditions.push(condition)
    return this
  }

  /** Adds a condition if there is something to compare with. */
  readonly where = <A>(wanted: Option.Option<A>, condition: (wanted: A) => string): this => {
    if (Option.isSome(wanted)) this.#conditions.push(condition(wanted.value))
    return this
  }

  get clause(): string {
    return this.#conditions.length === 0 ? "" : `WHERE ${this.#conditions.join(" AND ")}`
  }
}
