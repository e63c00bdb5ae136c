/**
 * The declaration of one setting. Reading, checking, showing and documenting all use one table of declarations, so no
 * two parts of the program can disagree on a name or a default.
 */
import { Struct } from "effect"
import type { Schema } from "effect"

/** The text of a setting: from a source or, failing that, its default. */
export type TextOf = (name: string) => string | undefined

export interface Setting<S extends Schema.Top = Schema.Top> {
  /** Decodes the text. `Schema.optionalKey` if the setting may be absent. Messages never repeat the text. */
  readonly schema: S
  /** One line for documentation. */
  readonly description: string
  /** `true`: the text is never shown. A function: only its result is shown. */
  readonly secret?: true | ((text: string) => string)
  /** The default. A function may use the settings declared before this one. */
  readonly fallback?: string | undefined | ((text: TextOf) => string | undefined)
  /** What takes the place of an absent value, for people. */
  readonly whenAbsent?: (text: TextOf) => string | undefined
}

/** Settings by name. The name is that of the variable, and of the file in a directory of secrets. */
export type SettingsTable = Readonly<Record<string, Setting>>

/** The text of a setting that no source has. */
export const fallbackText = (setting: Setting, text: TextOf): string | undefined =>
  typeof setting.fallback === "function" ? setting.fallback(text) : setting.fallback

interface SchemaOf extends Struct.Lambda {
  <S extends Schema.Top>(setting: Setting<S>): S
  readonly "~lambda.out": this["~lambda.in"] extends Setting<infer S> ? S : never
}

/** For `Struct.map`: the fields of a table's schema. */
export const schemaOf = Struct.lambda<SchemaOf>((setting) => setting.schema)
