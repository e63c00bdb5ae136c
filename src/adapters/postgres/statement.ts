/**
 * Statements that number their own parameters.
 *
 * A statement is written once, when it is first used, because a process uses few of them. For each value of its input,
 * it calls `$` with a function that reads the value, and gets the placeholder of a parameter. So nobody counts
 * parameters, and a new value moves no other. The text is the same for every input, so each connection prepares it
 * once.
 */
import type { Result, Row } from "@effect/sql-pg/PgConnection"
import { Effect, Option } from "effect"
import type { Connection } from "./connection/Connection.ts"

/** Gives the values of an input their placeholders: `$1`, `$2`, …. */
export interface Placeholders<out I> {
  /**
   * The placeholder of the value that `read` reads. The same function gets the same placeholder everywhere in a
   * statement.
   */
  (read: (input: I) => unknown): string
  /** Placeholders for a fragment that uses only a part of the input. */
  readonly of: <A>(part: (input: I) => A) => Placeholders<A>
}

export interface Statement<in I> {
  readonly text: string
  /** The values of the parameters, in the order of their numbers. */
  readonly parameters: (input: I) => Array<unknown>
}

export const statement = <I>(write: ($: Placeholders<I>) => string): Statement<I> => {
  let text: string | undefined
  const reads: Array<(input: I) => unknown> = []
  const written = () => text ??= write(placeholders((read) => reads.push(read)))
  return {
    get text() {
      return written()
    },
    parameters: (input) => {
      written()
      return reads.map((read) => read(input))
    }
  }
}

export const execute = <I>(
  connection: Connection,
  statement: Statement<I>,
  input: I
): ReturnType<Connection["query"]> => connection.query(statement.text, statement.parameters(input))

/**
 * Does the same for the values of each row, in the order of the columns. A row of many columns takes twice as long to
 * make as to read from the network, because V8 keeps such an object as a table.
 */
export const executeForValues = <I>(
  connection: Connection,
  statement: Statement<I>,
  input: I
): ReturnType<Connection["queryValues"]> => connection.queryValues(statement.text, statement.parameters(input))

/** An operation that is one statement. */
const reading = <I, A>(statement: Statement<I>, input: I, read: (result: Result) => A) => (connection: Connection) =>
  Effect.map(execute(connection, statement, input), read)

/** An operation that returns nothing. */
export const executing = <I>(statement: Statement<I>, input: I) => reading(statement, input, () => undefined)

/** An operation that returns how many rows it changed. */
export const counting = <I>(statement: Statement<I>, input: I) => reading(statement, input, ({ rowCount }) => rowCount)

/** An operation that returns whether it changed one row. */
export const changingOne = <I>(statement: Statement<I>, input: I) =>
  reading(statement, input, ({ rowCount }) => rowCount === 1)

/** An operation that returns its first row, if any. */
export const findingOne = <I, A>(statement: Statement<I>, input: I, read: (row: Row) => A) =>
  reading(statement, input, ({ rows: [row] }) => row === undefined ? Option.none() : Option.some(read(row)))

/** An operation that returns its first row, which is always there. */
export const readingOne = <I, A>(statement: Statement<I>, input: I, read: (row: Row | undefined) => A) =>
  reading(statement, input, ({ rows: [row] }) => read(row))

/** An operation that returns all of its rows. */
export const readingAll = <I, A>(statement: Statement<I>, input: I, read: (row: Row) => A) =>
  reading(statement, input, ({ rows }) => rows.map((row) => read(row)))

/** The placeholder of the parameter with this number. */
export const placeholder = (number: number): string => `$${number}`

/** `add` stores a value that has no parameter yet, and returns the number of its parameter. */
export const placeholders = <I>(add: (read: (input: I) => unknown) => number): Placeholders<I> => {
  // A value is identified by the functions that lead to it.
  const known: Array<{ readonly path: ReadonlyArray<unknown>; readonly number: number }> = []

  const numberOf = (path: ReadonlyArray<unknown>, read: (input: I) => unknown): number => {
    const same = known.find((it) => it.path.length === path.length && it.path.every((step, at) => step === path[at]))
    if (same !== undefined) return same.number
    const number = add(read)
    known.push({ path, number })
    return number
  }

  const under = <A>(path: ReadonlyArray<unknown>, part: (input: I) => A): Placeholders<A> =>
    Object.assign(
      (read: (input: A) => unknown) => placeholder(numberOf([...path, read], (input) => read(part(input)))),
      { of: <B>(inner: (input: A) => B) => under([...path, inner], (input) => inner(part(input))) }
    )

  return under([], (input) => input)
}
