import { Schema } from "effect"

/** What is wrong with a setting. */
export const SettingProblem = Schema.Struct({
  name: Schema.String,
  /** What is wrong and what to do, as it continues the name. Repeats no secret. */
  problem: Schema.String
})
export type SettingProblem = typeof SettingProblem.Type

/** A failure as the shell, a script and a person get it. */
export const failureFields = {
  /** 1 failed, 2 wrong usage or invalid input, 3 refused by a rule. */
  exitCode: Schema.Literals([1, 2, 3]),
  /** Kebab-case and stable. */
  code: Schema.String,
  /** A sentence that says what to do. */
  message: Schema.String
}

/** A command, or a process that it started, could not do its work, and says so itself. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  ...failureFields,
  /** Each setting that is at fault. */
  problems: Schema.optionalKey(Schema.Array(SettingProblem))
}) {}
