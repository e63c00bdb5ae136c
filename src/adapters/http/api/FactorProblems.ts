/** The problems of second factors. */
import { Schema } from "effect"
import { FactorType } from "../../../domain/model/Factor.ts"
import { instant } from "../../../resources/Instant.ts"
import { text } from "../../../resources/Text.ts"
import { RequestOptions } from "./PasskeyBodies.ts"
import { problem } from "./ProblemForm.ts"

/** The rest of a sign-in. */
export const PendingSignIn = Schema.Struct({
  id: text("Needed to give the second factor", "chl_5m0tq1q8w3kz7v9x2c4b6n8a0"),
  factors: Schema.Array(FactorType).annotate({
    description: "The types of the account's factors: one of them is enough",
    examples: [["totp", "recovery_codes"]]
  }),
  expires_at: instant("When it is over"),
  passkey_options: Schema.optionalKey(RequestOptions)
}).annotate({ identifier: "PendingSignIn", description: "A sign-in that waits for the second factor" })

export class SecondFactorRequired extends problem<SecondFactorRequired>()("second-factor-required", {
  status: 401,
  explanation: "The account has a second factor. If there is a `sign_in`, what you sent is right: give the factor by " +
    "`POST /sign-ins/{id}/factor` with its `id`. There is no session before that."
}, { sign_in: Schema.optionalKey(PendingSignIn) }) {}

export class FactorRequired extends problem<FactorRequired>()("factor-required", {
  status: 403,
  explanation: "Everybody here needs a second factor, and this session has none. All it may do is elevate itself by " +
    "`POST /sessions/me/elevation` and enrol one by `POST /accounts/me/factors`."
}, {}) {}

export class LastFactor extends problem<LastFactor>()("last-factor", {
  status: 409,
  explanation: "Everybody here needs a second factor, and this is your last one. Enrol another one first."
}, {}) {}

export class TooManyFactors extends problem<TooManyFactors>()("too-many-factors", {
  status: 409,
  explanation: "An account can have ten factors. Remove one first."
}, {}) {}
