/** Causes and remedies for the pages about problems, for authors of clients. */
import type { Problem } from "../api/Problems.ts"
import { accessAdvice } from "./AccessAdvice.ts"
import type { Advice } from "./AccessAdvice.ts"

export const problemAdvice: Readonly<Record<Problem["code"], Advice>> = {
  ...accessAdvice,
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
