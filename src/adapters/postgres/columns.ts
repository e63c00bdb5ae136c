/**
 * Declares each column of a table once: its name, how it is written from a field of a record, and how it is read.
 * Statements that insert, import, select and read records are built from these declarations, so a new column is one
 * line.
 *
 * Reading checks only the types. It doesn't repeat the rules for new values, because a later release with stricter
 * rules must still read what an earlier one stored. A row that fails even these checks is a defect; the message names
 * the column and never the value.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import * as PgTypes from "@effect/sql-pg/PgTypes"
import { Data, DateTime, identity, Option, Predicate, Result, Schema } from "effect"
import { remember } from "../../kernel/Memo.ts"
import type { Members } from "../../kernel/Trusted.ts"
import type { Placeholders } from "./statement.ts"

export class ImpossibleRow extends Data.TaggedError("ImpossibleRow")<{ readonly message: string }> {}

/** The defect of a row with an invalid value. `id` is the value of the column that identifies the row. */
export const impossible = (table: string, id: unknown, column: string): ImpossibleRow =>
  new ImpossibleRow({ message: `Table ${table} holds an impossible row: ${id}, column ${column}` })

/** How values of a type are stored. */
export interface ColumnType<A> {
  /** Postgres' number of the type. */
  readonly oid: number
  readonly write: (value: A) => unknown
  /** The same for an element of an array, whose type the driver needs to know. */
  readonly writeElement: (value: A) => unknown
  /** Returns `UNREADABLE` for a value that `write` never writes. */
  readonly read: (value: unknown) => A | typeof UNREADABLE
}

const UNREADABLE = Symbol("unreadable")

export interface Column<A> extends ColumnType<A> {
  readonly name: string
  /** The name in a SELECT. It differs from `name` where a join would have two columns of the same name. */
  readonly as: string
}

export const column = <A>(name: string, type: ColumnType<A>, as: string = name): Column<A> => ({ ...type, name, as })

/** A column for each member of a record. */
export type Columns<R> = { readonly [K in keyof Members<R>]-?: Column<Members<R>[K]> }

/** The members of a record that these columns store. */
export type RecordOf<C> = { readonly [K in keyof C]: C[K] extends Column<infer A> ? A : never }

export interface Table<R> {
  readonly columns: ReadonlyArray<
    Pick<Column<unknown>, "as" | "name" | "oid"> & {
      readonly write: (record: R) => unknown
      readonly writeElement: (record: R) => unknown
    }
  >
  /** Makes a record from a row with its columns. Throws `ImpossibleRow`. */
  readonly read: (row: Row) => R
  /** Does the same for the values of a row. The first column's has the index `from`. */
  readonly readValues: (values: ReadonlyArray<unknown>, from: number) => R
}

/**
 * A table of records of `Class`. The first column is their id.
 *
 * Records are made without their own constructor, which would check every field again and take six times as long, in
 * every authenticated request. A schema of the whole row would take three times as long.
 */
export const table = <R extends object>(
  name: string,
  Class: { readonly prototype: R },
  columns: Columns<R>
): Table<R> => {
  const entries: ReadonlyArray<readonly [string, Column<unknown>]> = Object.entries(columns)
  const fields = entries.map(([field, { as, read }]) => ({ field, as, read }))
  const readValues = (values: ReadonlyArray<unknown>, from: number): R => {
    const record = Object.create(Class.prototype)
    let index = from
    for (const { as, field, read } of fields) {
      const value = read(values[index++])
      if (value === UNREADABLE) throw impossible(name, values[from], as)
      record[field] = value
    }
    return record
  }
  return {
    columns: entries.map(([field, { as, name, oid, write, writeElement }]) => ({
      name,
      as,
      oid,
      write: (record) => write(Reflect.get(record, field)),
      writeElement: (record) => writeElement(Reflect.get(record, field))
    })),
    read: (row) => readValues(fields.map(({ as }) => row[as]), 0),
    readValues
  }
}

/** The columns of a table for an INSERT. */
export const columnNames = <R>({ columns }: Table<R>): string => columns.map(({ name }) => name).join(", ")

/** The values for these columns. */
export const columnValues = <R>({ columns }: Table<R>, $: Placeholders<R>): string =>
  columns.map(({ write }) => $(write)).join(", ")

/** For each of these columns, an array of the values of many records, for `unnest`. */
export const columnArrays = <R, I>(
  { columns }: Table<R>,
  $: Placeholders<ReadonlyArray<I>>,
  recordOf: (item: I) => R
): string =>
  columns.map(({ oid, writeElement }) => $(arrayOf(oid, (item: I) => writeElement(recordOf(item))))).join(", ")

/** The driver can't infer the type of an array whose elements are all null. */
export const arrayOf = <I>(oid: number, read: (item: I) => unknown) => (items: ReadonlyArray<I>): unknown =>
  Result.getOrThrow(PgTypes.array(items.map(read), oid))

/** The columns that `read` needs, selected from an alias of the table. */
export const selectedColumns = <R>({ columns }: Table<R>, alias: string): string =>
  columns.map(({ as, name }) => as === name ? `${alias}.${name}` : `${alias}.${name} AS ${as}`).join(", ")

const columnType = <A, S>(
  oid: number,
  isStored: (value: unknown) => value is S,
  read: (stored: S) => A | typeof UNREADABLE,
  write: (value: A) => unknown,
  writeElement = write
): ColumnType<A> => ({ oid, write, writeElement, read: (value) => isStored(value) ? read(value) : UNREADABLE })

/** Text that becomes a branded value without a check. */
export const text = <A extends string>(read: (text: string) => A): ColumnType<A> =>
  columnType(PgTypes.OID.text, Predicate.isString, read, (value) => value)

/** A value that may be absent. */
export const optional = <A>({ oid, read, write, writeElement }: ColumnType<A>): ColumnType<A | undefined> => ({
  oid,
  write: (value) => value === undefined ? null : write(value),
  writeElement: (value) => value === undefined ? null : writeElement(value),
  read: (value) => value === null ? undefined : read(value)
})

export const optionalText = columnType(
  PgTypes.OID.text,
  (value) => value === null || typeof value === "string",
  (stored): string | undefined => stored ?? undefined,
  (value) => value ?? null
)

export const oneOf = <A extends number | string>(
  { literals }: { readonly literals: ReadonlyArray<A> }
): ColumnType<A> =>
  columnType(
    literals.every(Predicate.isNumber) ? PgTypes.OID.int2 : PgTypes.OID.text,
    (value): value is A => literals.some((it) => it === value),
    identity,
    identity
  )

/** Few of some words, separated by spaces. Equal texts are read as the same array, because they are read often. */
export const words = <A extends string>({ literals }: { readonly literals: ReadonlyArray<A> }): ColumnType<
  ReadonlyArray<A>
> => {
  const parse = remember(TEXTS_MAX, (text: string): ReadonlyArray<A> | typeof UNREADABLE => {
    const given = text.split(" ")
    const known = given.flatMap((word) => literals.filter((it) => it === word))
    return known.length === given.length ? known : UNREADABLE
  })
  return columnType(PgTypes.OID.text, Predicate.isString, parse, (value) => value.join(" "))
}

/** More than there are ways to sign in. */
const TEXTS_MAX = 100

export const flag = columnType(PgTypes.OID.bool, Predicate.isBoolean, identity, identity)

export const integer = columnType(
  PgTypes.OID.int4,
  (value): value is number => Number.isSafeInteger(value),
  identity,
  identity
)

/** An int8, which the driver reads as a BigInt. */
export const wholeNumber = columnType(
  PgTypes.OID.int8,
  (value): value is bigint => typeof value === "bigint" && Number.isSafeInteger(Number(value)),
  Number,
  identity,
  BigInt
)

/** Texts that become branded values without a check. */
export const textsOf = <A extends string>(read: (text: string) => A): ColumnType<ReadonlyArray<A>> =>
  columnType(
    PgTypes.OID.textArray,
    (value): value is ReadonlyArray<string> => Array.isArray(value) && value.every(Predicate.isString),
    (value): ReadonlyArray<A> => value.map(read),
    (value) => [...value]
  )

export const texts = textsOf((text) => text)

export const bytes = columnType(PgTypes.OID.bytea, Predicate.isUint8Array, identity, identity)

/** Postgres also has instants before and after all others, which no clock shows. */
const isInstant = (value: unknown): value is Date => Predicate.isDate(value) && !Number.isNaN(value.getTime())

const utc: object = Object.getPrototypeOf(DateTime.makeUnsafe(0))

/**
 * The same as `DateTime.makeUnsafe`, in a tenth of the time: that defines a hidden property in which calendar parts are
 * kept once they are asked for. With five instants, this was two thirds of the time of reading a session.
 */
const instantAt = (epochMilliseconds: number): DateTime.Utc => {
  const made = Object.create(utc)
  made.epochMilliseconds = epochMilliseconds
  return made
}

export const instant = columnType(
  PgTypes.OID.timestamptz,
  isInstant,
  (value): DateTime.Utc => instantAt(value.getTime()),
  DateTime.toDateUtc,
  ({ epochMilliseconds }) => epochMilliseconds
)

/** A record of a schema as JSON. */
export const json = <A, I>(schema: Schema.Codec<A, I>): ColumnType<A> => {
  const text = Schema.fromJsonString(schema)
  const decode = Schema.decodeUnknownOption(text)
  return columnType(
    PgTypes.OID.text,
    Predicate.isString,
    (stored) => Option.getOrElse(decode(stored), () => UNREADABLE),
    Schema.encodeSync(text)
  )
}
