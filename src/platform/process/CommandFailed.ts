import { Schema } from "effect"

/** A problem of a setting. */
export const SettingProblem = Schema.Struct({
  name: Schema.String,
  /** What is wrong and what to do, continuing the name. Contains no secret. */
  problem: Schema.String
})
export type SettingProblem = typeof SettingProblem.Type

export const problemIf = (isAtFault: boolean, name: string, problem: string): ReadonlyArray<SettingProblem> =>
  isAtFault ? [{ name, problem }] : []

/** A failure for the shell, for scripts and for people. */
export const failureFields = {
  /** 1: it failed. 2: wrong usage or invalid input. 3: a rule refused it. */
  exitCode: Schema.Literals([1, 2, 3]),
  /** Kebab-case and stable. */
  code: Schema.String,
  /** A sentence that says what to do. */
  message: Schema.String
}

/** A command, or a process that it started, failed with a message of its own. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  ...failureFields,
  /** The settings at fault. */
  problems: Schema.optionalKey(Schema.Array(SettingProblem))
}) {}
