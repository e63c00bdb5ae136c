/** The setting with the database's URL: checks its syntax, and that its files can be used. */
import { Effect, Result, Schema } from "effect"
import type { RawValues } from "../../../platform/configuration/Configuration.ts"
import type { SettingProblem } from "../../../platform/process/CommandFailed.ts"
import { checkTlsFiles } from "./DatabaseEncryption.ts"
import { parse } from "./DatabaseUrl.ts"

const ENCODING = "In the password, write @ / # ? : % as %40 %2F %23 %3F %3A %25"

export const DatabaseUrlText = Schema.RedactedFromValue(
  Schema.String.check(Schema.makeFilter((text) =>
    Result.match(parse(text), {
      onSuccess: () => undefined,
      onFailure: ({ reason }) =>
        `must be written postgres://user:password@host:5432/database, but ${reason}. ${ENCODING}`
    })
  ))
)

/** Checks the files only. The syntax of the URL has its own check. */
export const checkDatabaseUrl = Effect.fnUntraced(function*(
  { textOf }: RawValues
): Effect.fn.Return<ReadonlyArray<SettingProblem>> {
  const name = "IDENTITY_DATABASE_URL"
  const url = Result.getOrUndefined(parse(textOf(name) ?? ""))
  if (url === undefined) return []
  return yield* checkTlsFiles(url.encryption).pipe(
    Effect.as([]),
    Effect.catchTag(
      "InvalidDatabaseUrl",
      ({ reason }) => Effect.succeed([{ name, problem: `can't be used: ${reason}` }])
    )
  )
})
