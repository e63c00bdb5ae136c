import { Effect, Option, Schema } from "effect"

const Report = Schema.Struct({
  userLimits: Schema.Struct({
    open_files: Schema.Struct({ soft: Schema.Union([Schema.Int, Schema.Literal("unlimited")]) })
  })
})

/**
 * How many files this process may have open. Node raises the limit as far as it may when it starts. None where there is
 * no limit, or where the system does not tell.
 */
export const openFilesMax: Effect.Effect<Option.Option<number>> = Effect.sync(() => {
  // Names of peers, which would be looked up, are no part of it.
  Object.assign(process.report, { excludeNetwork: true })
  return Schema.decodeUnknownOption(Report)(process.report.getReport()).pipe(
    Option.map(({ userLimits }) => userLimits.open_files.soft),
    Option.filter((soft) => soft !== "unlimited")
  )
})
