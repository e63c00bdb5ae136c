/**
 * How one setting is declared. A table of these by name is the only place that knows a setting: it is read, checked,
 * shown and documented from there, so that no two parts of the program can disagree on a name or a default.
 */
import { Struct } from "effect"
import type { Schema } from "effect"

/** The text of a setting as far as it is known: given by a source or, failing that, its fallback. */
export type TextOf = (name: string) => string | undefined

export interface Setting<S extends Schema.Top = Schema.Top> {
  /** Decodes the text. `Schema.optionalKey` where the setting may be absent. Its messages never repeat the text. */
  readonly schema: S
  /** One line for documentation. */
  readonly description: string
  /** Never shown, or only what the function leaves of it. */
  readonly secret?: true | ((text: string) => string)
  /** What applies when no source has it. A function may build on the settings declared before it. */
  readonly fallback?: string | undefined | ((text: TextOf) => string | undefined)
}

/** Settings by the names of their variables, which are also those of their files in a directory of secrets. */
export type SettingsTable = Readonly<Record<string, Setting>>

/** What a setting is without a source. */
export const fallbackText = (setting: Setting, text: TextOf): string | undefined =>
  typeof setting.fallback === "function" ? setting.fallback(text) : setting.fallback

interface SchemaOf extends Struct.Lambda {
  <S extends Schema.Top>(setting: Setting<S>): S
  readonly "~lambda.out": this["~lambda.in"] extends Setting<infer S> ? S : never
}

/** For `Struct.map`: the fields of a table's schema. */
export const schemaOf = Struct.lambda<SchemaOf>((setting) => setting.schema)
