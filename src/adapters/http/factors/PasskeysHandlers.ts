import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { PasskeySignIns } from "../../../domain/enrolments/PasskeySignIns.ts"
import { Elevations } from "../../../domain/sessions/Elevations.ts"
import { CurrentSession } from "../api/Authentication.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { NotFound } from "../api/Problems.ts"
import { refuse, storeOutage } from "../exchange/Refusals.ts"

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "passkeys",
  Effect.fnUntraced(function*(handlers) {
    const signIns = yield* PasskeySignIns
    const elevations = yield* Elevations

    const passkeySignInOptions = () => signIns.options

    const passkeyElevationOptions = () =>
      CurrentSession.pipe(
        Effect.flatMap(elevations.passkeyOptions),
        Effect.flatMap(Option.match({ onNone: () => refuse(NotFound), onSome: Effect.succeed })),
        Effect.catchTags(storeOutage)
      )

    return handlers.handleAll({ passkeySignInOptions, passkeyElevationOptions })
  })
)
