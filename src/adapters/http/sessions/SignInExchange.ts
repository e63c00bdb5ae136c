/** What every sign-in shares, whatever proves who signs in. */
import { Effect } from "effect"
import type { Redacted } from "effect"
import type { Client } from "../../../domain/model/Session.ts"
import type { StartedSession } from "../../../domain/sessions/SessionOpening.ts"
import { OriginNotAllowed } from "../api/Problems.ts"
import { AllowedOrigins, comesFromForeignOrigin } from "../exchange/OriginCheck.ts"
import { refuse } from "../exchange/Refusals.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { presentedDevice, presentedToken } from "./PresentedCredentials.ts"
import { currentClient, startedSessionResponse } from "./SessionResources.ts"
import type { SessionHandover } from "./SessionResources.ts"

/** What the client of a sign-in presents beside the proof. */
interface Presented {
  readonly client: Client
  readonly device: Redacted.Redacted<string> | undefined
  /** The session that the new one takes the place of. */
  readonly replaces: Redacted.Redacted<string> | undefined
}

const SIGNED_IN = { status: 201, location: "/sessions/me" }

/** Answers with the session that `signIn` starts. Another site's page gets none in a cookie (login CSRF). */
export const makeSignInExchange = Effect.map(AllowedOrigins, (origins) =>
  Effect.fnUntraced(function*<E, R>(
    transport: "cookie" | "token" | undefined,
    signIn: (presented: Presented) => Effect.Effect<StartedSession, E, R>,
    handover: Omit<SessionHandover, "byCookie"> = SIGNED_IN
  ) {
    const byCookie = transport === "cookie"
    if (byCookie && comesFromForeignOrigin(yield* CurrentRequest, origins)) return yield* refuse(OriginNotAllowed)
    const started = yield* signIn({
      client: yield* currentClient,
      device: yield* presentedDevice(origins),
      replaces: yield* presentedToken(origins)
    })
    return yield* startedSessionResponse(started, { ...handover, byCookie })
  }))
