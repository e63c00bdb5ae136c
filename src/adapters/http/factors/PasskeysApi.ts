import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Authentication } from "../api/Authentication.ts"
import { generalProblems, problems } from "../api/EndpointProblems.ts"
import { RequestOptions } from "../api/PasskeyBodies.ts"
import { NotFound } from "../api/Problems.ts"

const signInOptions = HttpApiEndpoint.post("passkeySignInOptions", "/passkeys/sign-in-options", {
  success: RequestOptions,
  error: generalProblems
}).annotateMerge(OpenApi.annotations({
  identifier: "getPasskeySignInOptions",
  summary: "Ask for a passkey",
  description:
    "What a browser is asked for so that somebody signs in by a passkey, without saying who they are first. Send the " +
    "answer to `POST /sessions` within five minutes. It is good once."
}))

const elevationOptions = HttpApiEndpoint.post("passkeyElevationOptions", "/sessions/me/elevation-options", {
  success: RequestOptions,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "getMyElevationOptions",
  summary: "Ask for one of my passkeys",
  description:
    "What a browser is asked for so that a passkey of the account elevates the session. Send the answer to " +
    "`POST /sessions/me/elevation` within five minutes. It is good once. 404 if the account has no passkey."
}))

export class PasskeysApi extends HttpApiGroup.make("passkeys").add(signInOptions, elevationOptions)
  .annotateMerge(OpenApi.annotations({
    title: "Passkeys",
    description: "What browsers are asked for. How passkeys are enrolled is told under *Factors*."
  }))
{}
