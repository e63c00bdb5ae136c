/** What the page about a kind of problem says beyond its explanation, for those who write clients. */
import type { Problem } from "../api/Problems.ts"

export interface ProblemAdvice {
  readonly causes: ReadonlyArray<string>
  readonly remedies: ReadonlyArray<string>
}

export const problemAdvice: Readonly<Record<Problem["code"], ProblemAdvice>> = {
  "malformed-request": {
    causes: [
      "The body is not JSON, or is cut off.",
      "`Authorization` and the cookie name two different sessions, or the header is not `Bearer <token>`.",
      "Two headers of a proxy contradict each other, or the framing of the request is broken."
    ],
    remedies: [
      "Send what `JSON.stringify` makes, and nothing around it.",
      "Send the token or the cookie, not both. In a browser, `credentials: \"omit\"` keeps the cookie back."
    ]
  },
  "invalid-credentials": {
    causes: [
      "The password is wrong, or nobody has this email.",
      "The account is disabled.",
      "The password or email has changed since this request was first sent with its `Idempotency-Key`."
    ],
    remedies: [
      "Have the person try again, and say no more than that email or password is wrong.",
      "An operator can see whether the account is active, and set another password."
    ]
  },
  "session-required": {
    causes: [
      "There was neither a token nor a cookie, or it is not one of this service's.",
      "The session was signed out, here or elsewhere, or was not used for too long.",
      "The password or the email of the account has changed, or the account was disabled or deleted."
    ],
    remedies: [
      "Forget the token, and have the person sign in.",
      "If there should be a cookie: requests from another origin need `credentials: \"include\"`, and the cookie needs HTTPS."
    ]
  },
  "origin-not-allowed": {
    causes: [
      "A page of another origin sent the request, and the operator has not allowed that origin.",
      "A program that is no browser sent the cookie without saying where it comes from."
    ],
    remedies: [
      "Have the operator add the page's origin to `IDENTITY_ALLOWED_ORIGINS`.",
      "Programs that are no browsers send a token instead of the cookie."
    ]
  },
  "not-found": {
    causes: [
      "The address has a typing error: addresses match to the letter, without a slash at their end.",
      "The session is another account's, or has ended already."
    ],
    remedies: [
      "Compare the address with the reference.",
      "When a session was to be ended, it has: take this for success."
    ]
  },
  "method-not-allowed": {
    causes: ["The address exists and does not take this method, or only under another path."],
    remedies: ["Use one of the methods that `Allow` lists."]
  },
  "request-timeout": {
    causes: ["The connection stalled, or the body was announced as longer than it is."],
    remedies: [
      "Send it again, on a new connection.",
      "Have `Content-Length` be the number of bytes, not of characters."
    ]
  },
  "email-already-exists": {
    causes: [
      "Somebody signed up with this address, perhaps in capital letters or another spelling of its domain.",
      "The same sign-up was sent twice, without an `Idempotency-Key`."
    ],
    remedies: [
      "Offer to sign in instead.",
      "Send sign-ups with an `Idempotency-Key`: sent again, they are answered as the first time."
    ]
  },
  "request-in-progress": {
    causes: ["The same request was sent again before the first one was answered."],
    remedies: ["Wait a moment and send it again, with the same key."]
  },
  "version-conflict": {
    causes: [
      "Another client changed the account after it was read.",
      "`If-Match` holds no tag that `GET /accounts/me` answered, or a weak one."
    ],
    remedies: [
      "Read the account, show what is new, and send the change with the new `ETag`.",
      "Send `If-Match: *` where what was there does not matter."
    ]
  },
  "payload-too-large": {
    causes: ["The body is larger than 64 KiB, or comes in many tiny pieces."],
    remedies: ["No request of this API is that large: look at what was put into it."]
  },
  "unsupported-media-type": {
    causes: [
      "`Content-Type` is missing or names something else; `curl -d` says that it is a form.",
      "The body is compressed, or not in UTF-8."
    ],
    remedies: ["Send `Content-Type: application/json`."]
  },
  "validation-failed": {
    causes: [
      "A member is missing, is not what it should be, or is not known.",
      "A new password is too short, is one that everybody guesses, or repeats the email or the name."
    ],
    remedies: [
      "Show each `detail` of `errors` beside the field that its `pointer` names.",
      "Leave out members that the reference does not name."
    ]
  },
  "idempotency-key-reused": {
    causes: ["One key was used for two different bodies: it is fixed, or kept when the person corrects something."],
    remedies: ["Make a new key for each new request, and keep it only to send the very same body again."]
  },
  "precondition-required": {
    causes: ["The change has no `If-Match`."],
    remedies: [
      "Send the `ETag` that `GET /accounts/me` answered, quotes included.",
      "Send `If-Match: *` where what was there does not matter."
    ]
  },
  "too-many-requests": {
    causes: [
      "Too many wrong passwords, for this account or from this network.",
      "Too many sign-ups or changes of email. `RateLimit-Policy` names the limit.",
      "A proxy stands in front of the service and is not named in `IDENTITY_TRUSTED_PROXIES`: then all people share one network."
    ],
    remedies: [
      "Wait as long as `Retry-After` says; earlier attempts are not looked at.",
      "Keep the `device` of an answered sign-in and send it: such a device has guesses of its own."
    ]
  },
  "headers-too-large": {
    causes: ["Cookies of other applications on the same host add up, or a header holds what belongs into a body."],
    remedies: ["Send fewer headers. Cookies of a host of its own are only its own."]
  },
  "internal-error": {
    causes: ["A bug of the service."],
    remedies: [
      "Give the operator the `request_id`: the log has the cause under it.",
      "Whether the request was acted on is open. Look before you send it again, or use an `Idempotency-Key`."
    ]
  },
  unavailable: {
    causes: ["The database can't be reached, is slow or is being switched over.", "The service has just started."],
    remedies: [
      "Try again after the time in `Retry-After`, with the same `Idempotency-Key`.",
      "Take nobody for signed out: nothing is known about the session."
    ]
  },
  overloaded: {
    causes: ["Many people sign in or up at once, or somebody guesses passwords from this network."],
    remedies: ["Try again after the time in `Retry-After`. Nothing was done."]
  }
}
