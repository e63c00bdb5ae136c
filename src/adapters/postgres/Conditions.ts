/**
 * Conditions of a statement that depend on what is asked for.
 *
 * Each set of conditions is a text of its own, hence a prepared statement of its own with a plan made for it. One text
 * for all of them, full of `$1 IS NULL OR …`, would get one plan, and that reads the whole table.
 */
import { Option } from "effect"
import { placeholder, placeholders } from "./statement.ts"
import type { Placeholders } from "./statement.ts"

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

  /** The placeholder of a value. */
  readonly value = (value: unknown): string => placeholder(this.parameters.push(value))

  /** Placeholders of values of an input, for a fragment that is part of other statements too. */
  readonly of = <I>(input: I): Placeholders<I> => placeholders((read) => this.parameters.push(read(input)))

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
