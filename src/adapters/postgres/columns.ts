/**
 * The columns of a table, each said once: its name, how it is written from a field of a record, and how it is read.
 * What inserts, selects and reads records is made of that, so a column more is one line more.
 *
 * Types are checked when a row is read. The rules that a value had to pass on its way in are not, because a later
 * release with stricter ones must still read what an earlier one stored. A row that breaks even this can't exist: it is
 * a defect, which names the place and never the value.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Data, DateTime, Predicate } from "effect"
import type { Placeholders } from "./statement.ts"

export class ImpossibleRow extends Data.TaggedError("ImpossibleRow")<{ readonly message: string }> {}

/** What a row can't hold. `id` is the value of the column that names the row. */
export const impossible = (table: string, id: unknown, column: string): ImpossibleRow =>
  new ImpossibleRow({ message: `Table ${table} holds an impossible row: ${id}, column ${column}` })

/** How values are stored. */
export interface ColumnType<A> {
  readonly write: (value: A) => unknown
  /** `UNREADABLE` for what `write` never wrote. */
  readonly read: (value: unknown) => A | typeof UNREADABLE
}

const UNREADABLE = Symbol("unreadable")

export interface Column<A> extends ColumnType<A> {
  readonly name: string
  /** What it is selected as, where a join would have two columns of one name. */
  readonly as: string
}

export const column = <A>(name: string, type: ColumnType<A>, as: string = name): Column<A> => ({ ...type, name, as })

type Fields<R> = { readonly [K in keyof R as R[K] extends Function ? never : K]: R[K] }

/** A column for each field of a record. */
export type Columns<R> = { readonly [K in keyof Fields<R>]-?: Column<Fields<R>[K]> }

export interface Table<R> {
  readonly columns: ReadonlyArray<
    Pick<Column<unknown>, "as" | "name"> & { readonly write: (record: R) => unknown }
  >
  /** A record from a row that holds its columns. Throws `ImpossibleRow`. */
  readonly read: (row: Row) => R
}

/**
 * A table of records of `Class`. The first of their columns is their id.
 *
 * A record isn't made by its own constructor, which would look at every field again even when it is told not to and
 * take six times as long, on the path of every authenticated request. A schema of the whole row would take three times
 * as long.
 */
export const table = <R extends object>(
  name: string,
  Class: { readonly prototype: R },
  columns: Columns<R>
): Table<R> => {
  const entries: ReadonlyArray<readonly [string, Column<unknown>]> = Object.entries(columns)
  const fields = entries.map(([field, { as, read }]) => ({ field, as, read }))
  const id = fields[0]?.as ?? ""
  return {
    columns: entries.map(([field, { as, name, write }]) => ({
      name,
      as,
      write: (record) => write(Reflect.get(record, field))
    })),
    read: (row) => {
      const record = Object.create(Class.prototype)
      for (const { as, field, read } of fields) {
        const value = read(row[as])
        if (value === UNREADABLE) throw impossible(name, row[id], as)
        record[field] = value
      }
      return record
    }
  }
}

/** The columns of a table, to insert into. */
export const columnNames = <R>({ columns }: Table<R>): string => columns.map(({ name }) => name).join(", ")

/** What is inserted into those columns. */
export const columnValues = <R>({ columns }: Table<R>, $: Placeholders<R>): string =>
  columns.map(({ write }) => $(write)).join(", ")

/** What `read` reads, selected from the table by an alias. */
export const selectedColumns = <R>({ columns }: Table<R>, alias: string): string =>
  columns.map(({ as, name }) => as === name ? `${alias}.${name}` : `${alias}.${name} AS ${as}`).join(", ")

const columnType = <A, S>(
  isStored: (value: unknown) => value is S,
  read: (stored: S) => A,
  write: (value: A) => unknown
): ColumnType<A> => ({ write, read: (value) => isStored(value) ? read(value) : UNREADABLE })

/** Text that is a value of the model by its name only. */
export const text = <A extends string>(read: (text: string) => A): ColumnType<A> =>
  columnType(Predicate.isString, read, (value) => value)

export const optionalText = columnType(
  (value) => value === null || typeof value === "string",
  (stored): string | undefined => stored ?? undefined,
  (value) => value
)

export const oneOf = <A extends string>({ literals }: { readonly literals: ReadonlyArray<A> }): ColumnType<A> =>
  columnType((value): value is A => literals.some((it) => it === value), (value) => value, (value) => value)

export const flag = columnType(Predicate.isBoolean, (value) => value, (value) => value)

export const integer = columnType(
  (value): value is number => Number.isSafeInteger(value),
  (value) => value,
  (value) => value
)

/** Postgres also has an instant after all others and one before, which no clock shows. */
const isInstant = (value: unknown): value is Date => Predicate.isDate(value) && !Number.isNaN(value.getTime())

/** Making an instant is the dearest part of reading a row, and the next one is often the same. */
let latest = DateTime.makeUnsafe(0)

export const instant = columnType(
  isInstant,
  (value): DateTime.Utc => {
    const milliseconds = value.getTime()
    if (latest.epochMilliseconds !== milliseconds) latest = DateTime.makeUnsafe(milliseconds)
    return latest
  },
  DateTime.toDateUtc
)
