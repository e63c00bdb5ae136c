/** Causes and remedies for the pages about problems, for authors of clients. */
import type { Problem } from "../api/Problems.ts"

type Advice = Readonly<Record<"causes" | "remedies", ReadonlyArray<string>>>

export const problemAdvice: Readonly<Record<Problem["code"], Advice>> = {
  "malformed-request": {
    causes: [
      "The body is not JSON, or is cut off.",
      "`Authorization` and the cookie name two different sessions, or the header is not `Bearer <token>`.",
      "Two headers from a proxy contradict each other, or the framing of the request is broken."
    ],
    remedies: [
      "Send the output of `JSON.stringify`, and nothing around it.",
      "Send the token or the cookie, not both. In a browser, `credentials: \"omit\"` leaves the cookie out."
    ]
  },
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
  },
  "not-found": {
    causes: [
      "The address has a typing error. Addresses match exactly, without a trailing slash.",
      "The session is another account's, or has ended already."
    ],
    remedies: [
      "Compare the address with the reference.",
      "If you wanted to end a session, treat this as success."
    ]
  },
  "method-not-allowed": {
    causes: ["The address exists but doesn't take this method."],
    remedies: ["Use one of the methods that `Allow` lists."]
  },
  "request-timeout": {
    causes: ["The connection stalled, or `Content-Length` is larger than the body."],
    remedies: [
      "Send it again, on a new connection.",
      "Set `Content-Length` to the number of bytes, not of characters."
    ]
  },
  "email-already-exists": {
    causes: [
      "Somebody signed up with this address, perhaps in capital letters or another spelling of its domain.",
      "The same sign-up was sent twice, without an `Idempotency-Key`."
    ],
    remedies: [
      "Offer to sign in instead.",
      "Send sign-ups with an `Idempotency-Key`: a repeated one gets the first answer."
    ]
  },
  "request-in-progress": {
    causes: ["The same request was sent again before the first one was answered."],
    remedies: ["Wait a moment and send it again, with the same key."]
  },
  "version-conflict": {
    causes: [
      "Another client changed the account after it was read.",
      "`If-Match` isn't an `ETag` from `GET /accounts/me`, or is a weak one."
    ],
    remedies: [
      "Read the account, show what is new, and send the change with the new `ETag`.",
      "Send `If-Match: *` if any version will do."
    ]
  },
  "payload-too-large": {
    causes: ["The body is larger than 64 KiB, or comes in many tiny pieces."],
    remedies: ["No request of this API needs to be that large: check what is in it."]
  },
  "unsupported-media-type": {
    causes: [
      "`Content-Type` is missing or another one. `curl -d` sends the type of a form.",
      "The body is compressed, or not in UTF-8."
    ],
    remedies: ["Send `Content-Type: application/json`."]
  },
  "validation-failed": {
    causes: [
      "A member is missing, invalid or unknown.",
      "A new password is too short, very common, or repeats the email or the name."
    ],
    remedies: [
      "Show each `detail` of `errors` beside the field that its `pointer` names.",
      "Leave out members that aren't in the reference."
    ]
  },
  "idempotency-key-reused": {
    causes: [
      "One key was used for two different bodies: it is a constant, or was kept after the person corrected something."
    ],
    remedies: ["Make a new key for each new request, and reuse it only to send exactly the same body again."]
  },
  "precondition-required": {
    causes: ["The change has no `If-Match`."],
    remedies: [
      "Send the `ETag` from `GET /accounts/me`, including its quotes.",
      "Send `If-Match: *` if any version will do."
    ]
  },
  "too-many-requests": {
    causes: [
      "Too many wrong passwords, for this account or from this network.",
      "Too many sign-ups or changes of email. `RateLimit-Policy` names the limit.",
      "A proxy in front of the service isn't listed in `IDENTITY_TRUSTED_PROXIES`, so all clients share one network."
    ],
    remedies: [
      "Wait as long as `Retry-After` says. Earlier attempts are refused.",
      "Keep the `device` of a successful sign-in and send it, because a known device has its own budget of guesses."
    ]
  },
  "headers-too-large": {
    causes: [
      "Cookies of other applications on the same host add up, or a header has content that belongs into a body."
    ],
    remedies: ["Send fewer headers. Give the service its own host, so that it gets no other application's cookies."]
  },
  "internal-error": {
    causes: ["A bug in the service."],
    remedies: [
      "Give the operator the `request_id`, under which the log has the cause.",
      "The request may or may not have been carried out. Check before you send it again, or use an `Idempotency-Key`."
    ]
  },
  unavailable: {
    causes: ["The database can't be reached, is slow or is being switched over.", "The service has just started."],
    remedies: [
      "Try again after the time in `Retry-After`, with the same `Idempotency-Key`.",
      "Don't treat the person as signed out: nothing is known about the session."
    ]
  },
  overloaded: {
    causes: ["Many people are signing in or up, or somebody is guessing passwords from this network."],
    remedies: ["Try again after the time in `Retry-After`. The request changed nothing."]
  }
}
