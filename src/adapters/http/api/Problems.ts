/**
 * Every way this API refuses a request, as RFC 9457 problems.
 *
 * A problem is what callers see of a refusal: a stable `code`, a sentence, and the request's id, which they can quote
 * to the operator. It repeats nothing the caller sent, so it can neither leak a secret nor carry an injection.
 */
import { Schema } from "effect"
import { ApiKeyScope } from "../../../domain/model/ApiKey.ts"
import { text } from "../../../resources/Text.ts"
import { FactorRequired, LastFactor, SecondFactorRequired, TooManyFactors } from "./FactorProblems.ts"
import { problem } from "./ProblemForm.ts"
import { TooManyRequests } from "./TooManyRequests.ts"

export class MalformedRequest extends problem<MalformedRequest>()("malformed-request", {
  status: 400,
  explanation: "The request can't be understood: its body is not JSON, it carries two different session tokens, or " +
    "its framing is broken. Sending it again unchanged won't help."
}, {}) {}

export class InvalidCredentials extends problem<InvalidCredentials>()("invalid-credentials", {
  status: 401,
  explanation: "The email or the password is wrong, or the account can't be used. Which of them is deliberately not " +
    "told."
}, {}) {}

export class InvalidCode extends problem<InvalidCode>()("invalid-code", {
  status: 401,
  explanation: "The code or token is not the answer to this challenge. A challenge takes five answers; after that, " +
    "ask for another."
}, {}) {}

export class SessionRequired extends problem<SessionRequired>()("session-required", {
  status: 401,
  explanation: "This needs a live session: send its token as `Authorization: Bearer <token>` or as the session " +
    "cookie. The request had none, or the session has expired or ended. Sign in to get a new one."
}, {}) {}

export class ReauthenticationRequired extends problem<ReauthenticationRequired>()("reauthentication-required", {
  status: 401,
  explanation: "The session is live, but not enough for this: its holder has to prove again who they are. Elevate " +
    "it by `POST /sessions/me/elevation`. Some requests take `current_password` instead. Where a gateway asks for a " +
    "second factor, sign in with one."
}, {}) {}

export class ApiKeyRequired extends problem<ApiKeyRequired>()("api-key-required", {
  status: 401,
  title: "API key required",
  explanation: "This needs an API key that is good now and from where you are: send it as `Authorization: Bearer " +
    "idk_…`. A session doesn't open it."
}, {}) {}

export class OriginNotAllowed extends problem<OriginNotAllowed>()("origin-not-allowed", {
  status: 403,
  explanation: "A request that acts by the session cookie has to come from this server's own origin or from one its " +
    "operator allows. Requests with a bearer token are not bound to an origin."
}, {}) {}

export class ScopeMissing extends problem<ScopeMissing>()("scope-missing", {
  status: 403,
  explanation: "The API key is good, but it doesn't have the scope that this needs, which `scope` names."
}, {
  scope: ApiKeyScope.annotate({ description: "What the key would need" })
}) {}

export class NetworksTooWide extends problem<NetworksTooWide>()("networks-too-wide", {
  status: 403,
  explanation: "An API key makes, rolls and ends no key that is good in more places than itself. Give a new one " +
    "`allowed_networks` within its own."
}, {}) {}

export class VerificationRequired extends problem<VerificationRequired>()("verification-required", {
  status: 403,
  explanation: "The email has to be verified first. Sign up by `POST /sign-ups`, which mails a code. People " +
    "who have an account already verify its email by `POST /recoveries`."
}, {}) {}

export class NotFound extends problem<NotFound>()("not-found", {
  status: 404,
  explanation: "There is nothing at this address, or it is not yours."
}, {}) {}

export class MethodNotAllowed extends problem<MethodNotAllowed>()("method-not-allowed", {
  status: 405,
  explanation: "This address does not take that method. The `Allow` header lists the ones it takes."
}, {}) {}

export class RequestTimeout extends problem<RequestTimeout>()("request-timeout", {
  status: 408,
  explanation: "The request took too long to arrive. It was not acted on; send it again."
}, {}) {}

export class EmailAlreadyExists extends problem<EmailAlreadyExists>()("email-already-exists", {
  status: 409,
  explanation: "An account with this email exists already, perhaps in another spelling. Sign in, or use another email."
}, {}) {}

export class RequestInProgress extends problem<RequestInProgress>()("request-in-progress", {
  status: 409,
  explanation: "The first request with this `Idempotency-Key` is still running. Send the same request again in a " +
    "moment: it will be answered alike."
}, {}) {}

export class ChallengeOver extends problem<ChallengeOver>()("challenge-over", {
  status: 410,
  explanation: "This challenge can't be answered any more: it was answered, took five answers, has expired, or the " +
    "account has changed since. Ask for another."
}, {}) {}

export class VersionConflict extends problem<VersionConflict>()("version-conflict", {
  status: 412,
  explanation: "What you want to change has changed since you read it, so nothing was done. Read it again and repeat " +
    "your change with the new `ETag` in `If-Match`."
}, {}) {}

export class PayloadTooLarge extends problem<PayloadTooLarge>()("payload-too-large", {
  status: 413,
  explanation: "The body of a request may hold 64 KiB, and come in at most 1,024 pieces."
}, {}) {}

export class UnsupportedMediaType extends problem<UnsupportedMediaType>()("unsupported-media-type", {
  status: 415,
  explanation: "The body has to be JSON in UTF-8, not compressed, sent with `Content-Type: application/json`."
}, {}) {}

/** One offending part of a request. */
export const InvalidMember = Schema.Struct({
  pointer: text(
    "A JSON pointer (RFC 6901) into the body, or `/` and the name of a query parameter or header",
    "/email"
  ),
  detail: text("What is wrong with it, for people", "must be an email address such as ada@example.com")
}).annotate({ identifier: "InvalidMember", description: "What is wrong with one part of the request" })

export class ValidationFailed extends problem<ValidationFailed>()("validation-failed", {
  status: 422,
  explanation: "The request is well-formed but breaks a rule. `errors` lists the offending members, " +
    "32 at most."
}, {
  errors: Schema.NonEmptyArray(InvalidMember).annotate({ description: "All that is wrong, 32 parts at most" })
}) {}

export class IdempotencyKeyReused extends problem<IdempotencyKeyReused>()("idempotency-key-reused", {
  status: 422,
  explanation: "This `Idempotency-Key` was sent with another request in the last 24 hours. Use a new key for a new " +
    "request."
}, {}) {}

export class PreconditionRequired extends problem<PreconditionRequired>()("precondition-required", {
  status: 428,
  explanation: "A change must say which version it is based on: send the `ETag` you read in `If-Match`, so that " +
    "nobody's change is overwritten unseen."
}, {}) {}

export class HeadersTooLarge extends problem<HeadersTooLarge>()("headers-too-large", {
  status: 431,
  explanation: "The headers of a request may hold 16 KiB."
}, {}) {}

export class InternalError extends problem<InternalError>()("internal-error", {
  status: 500,
  explanation: "Something went wrong on our side. The operator finds the cause by the `request_id`."
}, {}) {}

export class Unavailable extends problem<Unavailable>()("unavailable", {
  status: 503,
  title: "Temporarily unavailable",
  explanation: "The service can't answer now. What was asked may or may not have happened. Try again after the time " +
    "in `Retry-After`."
}, {}) {}

export class Overloaded extends problem<Overloaded>()("overloaded", {
  status: 503,
  explanation: "More passwords are waiting to be checked than the service queues, altogether or for your network. " +
    "Nothing was done. Try again after the time in `Retry-After`."
}, {}) {}

/** All of them. */
export const problemClasses = [
  MalformedRequest,
  InvalidCredentials,
  InvalidCode,
  SessionRequired,
  ApiKeyRequired,
  ReauthenticationRequired,
  SecondFactorRequired,
  OriginNotAllowed,
  ScopeMissing,
  NetworksTooWide,
  VerificationRequired,
  FactorRequired,
  NotFound,
  MethodNotAllowed,
  RequestTimeout,
  EmailAlreadyExists,
  RequestInProgress,
  LastFactor,
  TooManyFactors,
  ChallengeOver,
  VersionConflict,
  PayloadTooLarge,
  UnsupportedMediaType,
  ValidationFailed,
  IdempotencyKeyReused,
  PreconditionRequired,
  TooManyRequests,
  HeadersTooLarge,
  InternalError,
  Unavailable,
  Overloaded
] as const

export type Problem = InstanceType<typeof problemClasses[number]>

export const isProblem = (value: unknown): value is Problem => problemClasses.some((Class) => value instanceof Class)
