import { Effect, Option, Schema } from "effect"

const Report = Schema.Struct({
  userLimits: Schema.Struct({
    open_files: Schema.Struct({ soft: Schema.Union([Schema.Int, Schema.Literal("unlimited")]) })
  })
})

/**
 * How many files this process may have open. Node raises the limit to its maximum when it starts. `None` when there is
 * no limit, or when the system doesn't report one.
 */
export const openFilesMax: Effect.Effect<Option.Option<number>> = Effect.sync(() => {
  // Without the network section, the report looks up no host names.
  Object.assign(process.report, { excludeNetwork: true })
  return Schema.decodeUnknownOption(Report)(process.report.getReport()).pipe(
    Option.map(({ userLimits }) => userLimits.open_files.soft),
    Option.filter((soft) => soft !== "unlimited")
  )
})
