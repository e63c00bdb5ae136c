import { Array, Effect, Option, Stream } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Exports } from "../../../domain/admin/Exports.ts"
import { Imports } from "../../../domain/admin/Imports.ts"
import { Caller } from "../../../domain/model/Caller.ts"
import { StoreDeadline } from "../../../ports/StoreDeadline.ts"
import { importLines } from "../../../resources/ImportLines.ts"
import { exportedRow, outcomeResource } from "../../../resources/ImportRows.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { UnsupportedMediaType } from "../api/Problems.ts"
import * as Continuations from "../exchange/Continuations.ts"
import { isPlain } from "../exchange/JsonBody.ts"
import { missingScope, refuse } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { NDJSON } from "./AdminTransferApi.ts"

const isLines = isPlain(NDJSON)

const NOT_LINES = `The body has to be lines of JSON in UTF-8, not compressed, sent with \`Content-Type: ${NDJSON}\`.`

export const layer = HttpApiBuilder.group(
  AdminApi,
  "transfer",
  Effect.fnUntraced(function*(handlers) {
    const imports = yield* Imports
    const exports = yield* Exports

    const importAccounts = Effect.fnUntraced(
      function*({ query }: RequestOf<typeof AdminApi.groups.transfer, "importAccounts">) {
        const request = yield* HttpServerRequest.HttpServerRequest
        if (!isLines(request)) return yield* refuse(UnsupportedMediaType, NOT_LINES)
        Continuations.release(request.source)
        const { dry_run, if_exists = "refuse" } = query
        const importBatch = yield* imports.begin({ ifExists: if_exists, dryRun: dry_run === "true" })
        const answer = yield* answered(Stream.mapEffect(
          importLines(request.stream),
          Effect.fnUntraced(function*(lines) {
            const outcomes = yield* importBatch(lines.map(({ row }) => row))
            return Array.zipWith(lines, outcomes, outcomeResource)
          })
        ))
        return HttpServerResponse.stream(answer, { contentType: NDJSON })
      }
    )

    const exportAccounts = Effect.fnUntraced(
      function*({ query }: RequestOf<typeof AdminApi.groups.transfer, "exportAccounts">) {
        const withCredentials = query.credentials === "true"
        const { apiKey } = yield* Caller
        if (withCredentials && apiKey?.scopes.includes("credentials:read") !== true) {
          return yield* missingScope("credentials:read")
        }
        return yield* answered(
          exports.accounts({ after: Option.fromUndefinedOr(query.after), withCredentials }).pipe(
            Stream.map((accounts) => accounts.map((account) => exportedRow(account, withCredentials)))
          )
        )
      }
    )

    return handlers.handleAll({ exportAccounts }).handleRaw("importAccounts", importAccounts)
  })
)

/**
 * A body of a line for each row. It is made on behalf of the request's caller, and takes longer than other requests
 * may. A failure cuts it off.
 */
const answered = <E>(parts: Stream.Stream<ReadonlyArray<object>, E>) =>
  Effect.map(Caller, (caller) =>
    parts.pipe(
      Stream.filter((rows) => rows.length > 0),
      Stream.map((rows) => new TextEncoder().encode(`${rows.map((row) => JSON.stringify(row)).join("\n")}\n`)),
      Stream.provideService(Caller, caller),
      Stream.provideService(StoreDeadline, undefined)
    ))
