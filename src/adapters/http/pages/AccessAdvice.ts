/** Causes and remedies where it isn't clear who asks, or they may not do that. For `ProblemAdvice`. */
import type { Problem } from "../api/Problems.ts"

export type Advice = Readonly<Record<"causes" | "remedies", ReadonlyArray<string>>>

export const accessAdvice = {
  "invalid-credentials": {
    causes: [
      "The password is wrong, or nobody has this email.",
      "The account is disabled.",
      "The password or email has changed since this request was first sent with its `Idempotency-Key`."
    ],
    remedies: [
      "Let the person try again. Say only that email or password is wrong.",
      "An operator can see whether the account is active, and set another password."
    ]
  },
  "invalid-code": {
    causes: [
      "The code has a typing error, or is from an earlier mail.",
      "The code was asked for by another client: it answers only the challenge that it was mailed for.",
      "Nobody has this email, so nothing was mailed."
    ],
    remedies: [
      "Let the person try again, or open the link in the mail instead.",
      "After five answers start over: the challenge is over then."
    ]
  },
  "api-key-required": {
    causes: [
      "The request has no key, or sends a session's token instead.",
      "The key was revoked or rolled, or has expired.",
      "The key is good only in some networks, and the request came from elsewhere."
    ],
    remedies: [
      "Send the whole key, from `idk_` on, as `Authorization: Bearer <key>`.",
      "`identity list-api-keys` shows when each expires and where it is good; `identity create-api-key` makes another."
    ]
  },
  "scope-missing": {
    causes: [
      "The key was made without this scope.",
      "A key was to be made, rolled or ended that has scopes which the key of the request doesn't have."
    ],
    remedies: ["Make another key with this scope. The scopes of a key don't change."]
  },
  "networks-too-wide": {
    causes: ["The key to be made, rolled or ended is good everywhere, or in more networks than the one that you send."],
    remedies: [
      "Give a new key `allowed_networks` that lie within those of the key that you send.",
      "Roll or end the other key on the command line."
    ]
  },
  "challenge-over": {
    causes: [
      "It was answered already, perhaps by the link in the mail.",
      "Five answers were wrong, or it has expired.",
      "The password, the email or the status of the account has changed since, or all its sessions were ended."
    ],
    remedies: ["Ask for another challenge, and use the newest mail."]
  },
  "second-factor-required": {
    causes: ["The password, code or link is right, and the account has a second factor."],
    remedies: [
      "Ask the person for one of `sign_in.factors`, and send it to `POST /sign-ins/{id}/factor` with the `id` of `sign_in`.",
      "After five wrong codes, or ten minutes, begin the sign-in again."
    ]
  },
  "factor-required": {
    causes: ["The operator demands a second factor of everybody, and this account has none yet."],
    remedies: [
      "Lead the person through enrolling one: `POST /sessions/me/elevation`, `POST /accounts/me/factors`, then confirm it.",
      "The session is good for everything as soon as the factor is confirmed."
    ]
  },
  "last-factor": {
    causes: ["The operator demands a second factor of everybody, and no other one is enrolled and confirmed."],
    remedies: ["Enrol and confirm another factor, then remove this one."]
  },
  "too-many-factors": {
    causes: ["The account has ten factors."],
    remedies: ["Remove one that isn't used any more: `last_used_at` tells."]
  },
  "session-required": {
    causes: [
      "The request has neither a token nor a cookie, or one that this service didn't issue.",
      "The session was signed out, here or elsewhere, or was not used for too long.",
      "The password or the email of the account has changed, or the account was disabled or deleted."
    ],
    remedies: [
      "Forget the token, and let the person sign in.",
      "If you expect a cookie: requests from another origin need `credentials: \"include\"`, and the cookie needs HTTPS."
    ]
  },
  "reauthentication-required": {
    causes: [
      "The request needs the current password or an elevated session, and has neither.",
      "The session was elevated, and the time for that is over.",
      "The application behind the gateway asks for a second factor, and the session began without one."
    ],
    remedies: [
      "Have the person prove again who they are: `POST /sessions/me/elevation`, then send the request again.",
      "Where the request takes `current_password`, their password in it is enough if they have no second factor.",
      "For a gateway, let the person sign in again with a second factor. Their session goes on meanwhile."
    ]
  },
  "origin-not-allowed": {
    causes: [
      "A page of another origin sent the request, and the operator has not allowed that origin.",
      "A program that isn't a browser sent the cookie without `Sec-Fetch-Site` or `Origin`."
    ],
    remedies: [
      "Ask the operator to add the page's origin to `IDENTITY_ALLOWED_ORIGINS`.",
      "In programs other than browsers, send a token instead of the cookie."
    ]
  },
  "verification-required": {
    causes: [
      "The operator asks for verified emails (`IDENTITY_EMAIL_VERIFICATION=required`), and this one isn't.",
      "`POST /accounts` creates accounts whose email nobody has verified.",
      "The application behind the gateway asks for a verified email (`verified=1`)."
    ],
    remedies: [
      "Sign people up by `POST /sign-ups` and its answer.",
      "Have somebody with an unverified account recover it: the answer verifies the email."
    ]
  }
} satisfies Partial<Record<Problem["code"], Advice>>
