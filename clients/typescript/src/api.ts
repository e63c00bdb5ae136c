// Made from docs/openapi.json; `npm run update` writes it.

/** Validation failed */
export interface ValidationFailedProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 422
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "validation-failed"
  /** The request's `x-request-id` */
  readonly request_id: string
  /** All that is wrong, 32 parts at most */
  readonly errors: ReadonlyArray<InvalidMember>
}

/** What is wrong with one part of the request */
export interface InvalidMember {
  /** A JSON pointer (RFC 6901) into the body, or `/` and the name of a query parameter or header */
  readonly pointer: string
  /** What is wrong with it, for people */
  readonly detail: string
}

/** Unsupported media type */
export interface UnsupportedMediaTypeProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 415
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "unsupported-media-type"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Temporarily unavailable */
export interface UnavailableProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 503
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "unavailable"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Internal error */
export interface InternalErrorProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 500
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "internal-error"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Payload too large */
export interface PayloadTooLargeProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 413
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "payload-too-large"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Request timeout */
export interface RequestTimeoutProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 408
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "request-timeout"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Malformed request */
export interface MalformedRequestProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 400
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "malformed-request"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** All that is said of any other token */
export interface InactiveToken {
  /** The token isn't surely good. Nobody is told why */
  readonly active: false
}

/** What is known of a token that is good */
export interface ActiveToken {
  /** The session is live */
  readonly active: true
  /** The kind of token */
  readonly token_type: "Bearer"
  /** The account's `id` */
  readonly sub: string
  /** The session's `id` */
  readonly sid: string
  /** When the session began, in seconds since 1970 */
  readonly iat: number
  /** When the session ends unless it is used before, in seconds since 1970 */
  readonly exp: number
  /** When its holder last proved who they are, in seconds since 1970 */
  readonly auth_time: number
  /** The authenticator assurance level */
  readonly acr: "aal1" | "aal2"
  /** How its holder signed in, in the names of RFC 8176 */
  readonly amr: ReadonlyArray<string>
}

/** Factor required */
export interface FactorRequiredProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 403
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "factor-required"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Origin not allowed */
export interface OriginNotAllowedProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 403
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "origin-not-allowed"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Verification required */
export interface VerificationRequiredProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 403
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "verification-required"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Session required */
export interface SessionRequiredProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 401
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "session-required"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Reauthentication required */
export interface ReauthenticationRequiredProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 401
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "reauthentication-required"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Email already exists */
export interface EmailAlreadyExistsProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 409
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "email-already-exists"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Challenge over */
export interface ChallengeOverProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 410
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "challenge-over"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Not found */
export interface NotFoundProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 404
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "not-found"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Invalid code */
export interface InvalidCodeProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 401
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "invalid-code"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** An account */
export interface Account {
  /** Sorts by creation */
  readonly id: string
  /** As its holder wrote it */
  readonly email: string
  /** Whether the account's holder has shown that the email is theirs */
  readonly email_verified: boolean
  /** The email that it gets when somebody who reads it confirms it; null if there is none */
  readonly pending_email: string | null
  /** What to call them */
  readonly display_name: string
  /** Whether one can sign in; `disabled` by an operator */
  readonly status: "active" | "disabled"
  /** When it was signed up (RFC 3339, UTC, with milliseconds) */
  readonly created_at: string
  /** When it was last changed (RFC 3339, UTC, with milliseconds) */
  readonly updated_at: string
  /** 1 at first; grows by 1 with every change */
  readonly version: number
}

/** The token in the notice to the old address */
export interface EmailChangeReversal {
  /** The token in the mail's link, after `token=` */
  readonly token: string
}

export interface EmailChangeAnswer {
  /** The eight digits in the mail */
  readonly code?: string | undefined
  /** The token in the mail's link, after `token=`. Send this or `code`. */
  readonly token?: string | undefined
}

/** Too many requests */
export interface TooManyRequestsProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 429
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "too-many-requests"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Invalid credentials */
export interface InvalidCredentialsProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 401
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "invalid-credentials"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Overloaded */
export interface OverloadedProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 503
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "overloaded"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** A question that only a reader of the address can answer, once */
export interface Challenge {
  /** Needed to answer it. Keep it with the client that asked: the code in the mail answers only this one */
  readonly id: string
  /** What its answer does */
  readonly purpose: "email-verification" | "recovery" | "sign-up" | "sign-in-link" | "email-change" | "second-factor" | "email-change-reversal"
  /** The address, masked */
  readonly sent_to: string
  /** When it was asked for (RFC 3339, UTC, with milliseconds) */
  readonly created_at: string
  /** When it is over (RFC 3339, UTC, with milliseconds) */
  readonly expires_at: string
  /** From when on the mail may be asked for again (RFC 3339, UTC, with milliseconds) */
  readonly resend_at: string
}

/** A request to change one's own email */
export interface EmailChangeRequest {
  /** An address as its holder writes it. Spellings that differ in case only are one address. */
  readonly email: string
  /**
   * The account's current password, unless the session is elevated. Needed to change email or password
   * and to delete the account. For a new email of an account with a second factor the session has to be
   * elevated.
   */
  readonly current_password?: string | undefined
}

/** Second factor required */
export interface SecondFactorRequiredProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 401
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "second-factor-required"
  /** The request's `x-request-id` */
  readonly request_id: string
  readonly sign_in?: PendingSignIn | undefined
}

/** A sign-in that waits for the second factor */
export interface PendingSignIn {
  /** Needed to give the second factor */
  readonly id: string
  /** The types of the account's factors: one of them is enough */
  readonly factors: ReadonlyArray<"totp" | "passkey" | "recovery_codes">
  /** When it is over (RFC 3339, UTC, with milliseconds) */
  readonly expires_at: string
  readonly passkey_options?: PasskeyRequestOptions | undefined
}

/**
 * `PublicKeyCredentialRequestOptionsJSON` of WebAuthn: for
 * `PublicKeyCredential.parseRequestOptionsFromJSON`, and then `navigator.credentials.get`, within five
 * minutes
 */
export interface PasskeyRequestOptions {
  readonly challenge: string
  readonly rpId: string
  readonly timeout: number
  readonly allowCredentials: ReadonlyArray<{
    readonly id: string
    readonly type: "public-key"
    readonly transports: ReadonlyArray<string>
  }>
  readonly userVerification: "required"
}

/** A new session */
export interface StartedSession {
  /** By which it can be ended; no secret */
  readonly id: string
  /** The `id` of its account */
  readonly account_id: string
  /** When it began (RFC 3339, UTC, with milliseconds) */
  readonly created_at: string
  /** When it was last used, to the minute (RFC 3339, UTC, with milliseconds) */
  readonly last_used_at: string
  /**
   * When it ends unless it is used before; using it moves this on, up to a limit (RFC 3339, UTC, with
   * milliseconds)
   */
  readonly expires_at: string
  /** When its holder last proved who they are (RFC 3339, UTC, with milliseconds) */
  readonly authenticated_at: string
  /**
   * How its holder proved who they are, by the names of RFC 8176: `pwd` for a password, `otp` for a
   * one-time password, `hwk` or `swk` for a passkey, `mfa` for several factors; besides these `email`
   * for a mail that was answered. There may be others.
   */
  readonly amr: ReadonlyArray<string>
  /** The authenticator assurance level: 1, or 2 if a second factor or a passkey was given */
  readonly aal: 1 | 2
  readonly elevated_until: string | null
  /** Whether this is the session that asks */
  readonly current: boolean
  /** What its client called itself, cut to 512 characters; null if it did not */
  readonly user_agent: string | null
  /** Where it was started from; null if that is not known */
  readonly ip_address: string | null
  readonly account: {
    /** As its holder wrote it */
    readonly email: string
    /** What to call them */
    readonly display_name: string
    /** When it was signed up (RFC 3339, UTC, with milliseconds) */
    readonly created_at: string
  }
  /**
   * The session's secret, at most 128 URL-safe characters. Shown only once, and not at all in cookie
   * transport.
   */
  readonly token?: string | undefined
  /**
   * A secret that identifies this client at its next sign-in, at most 160 URL-safe characters. Not shown
   * in cookie transport. Keep it for a year, also after signing out, and send it as `identity-device`.
   * Then nobody else's guesses at the password can keep this client out.
   */
  readonly device?: string | undefined
}

export interface SignInLinkAnswer {
  /** The eight digits in the mail */
  readonly code?: string | undefined
  /** The token in the mail's link, after `token=`. Send this or `code`. */
  readonly token?: string | undefined
  /**
   * How the session's secret is returned: as `token` in the answer, or in a cookie that scripts can't
   * read. `token` if this is left out
   */
  readonly transport?: "token" | "cookie" | undefined
}

/** A request to sign in by mail */
export interface SignInLinkRequest {
  /** The account's email. Case makes no difference. */
  readonly email: string
}

export interface EmailVerificationAnswer {
  /** The eight digits in the mail */
  readonly code?: string | undefined
  /** The token in the mail's link, after `token=`. Send this or `code`. */
  readonly token?: string | undefined
}

export interface RecoveryAnswer {
  /** The eight digits in the mail */
  readonly code?: string | undefined
  /** The token in the mail's link, after `token=`. Send this or `code`. */
  readonly token?: string | undefined
  /** Any characters will do. The operator may ask for a greater length. */
  readonly new_password: string
  /**
   * How the session's secret is returned: as `token` in the answer, or in a cookie that scripts can't
   * read. `token` if this is left out
   */
  readonly transport?: "token" | "cookie" | undefined
}

/** A request to recover an account */
export interface RecoveryRequest {
  /** An address as its holder writes it. Spellings that differ in case only are one address. */
  readonly email: string
}

/** A new account with its first session */
export interface SignedUp {
  readonly account: Account
  readonly session: StartedSession
}

export interface SignUpAnswer {
  /** The eight digits in the mail */
  readonly code?: string | undefined
  /** The token in the mail's link, after `token=`. Send this or `code`. */
  readonly token?: string | undefined
  /** Any characters will do. The operator may ask for a greater length. */
  readonly password: string
  /**
   * At least one visible character; no control characters, line breaks, characters that turn the
   * direction of text, or invisible ones where they mean nothing. Blanks around it are removed.
   */
  readonly display_name: string
  /**
   * How the session's secret is returned: as `token` in the answer, or in a cookie that scripts can't
   * read. `token` if this is left out
   */
  readonly transport?: "token" | "cookie" | undefined
}

/** A request to sign up. A `display_name` is checked and not kept: the answer brings it. */
export interface SignUpRequest {
  /** An address as its holder writes it. Spellings that differ in case only are one address. */
  readonly email: string
  /**
   * At least one visible character; no control characters, line breaks, characters that turn the
   * direction of text, or invisible ones where they mean nothing. Blanks around it are removed.
   */
  readonly display_name?: string | undefined
}

export interface FactorAnswer {
  /** The six digits that the authenticator application shows now */
  readonly totp?: string | undefined
  /** A recovery code. Case, blanks and hyphens make no difference. */
  readonly recovery_code?: string | undefined
  readonly passkey?: PasskeyAssertion | undefined
  /**
   * How the session's secret is returned: as `token` in the answer, or in a cookie that scripts can't
   * read. `token` if this is left out
   */
  readonly transport?: "token" | "cookie" | undefined
}

/**
 * `AuthenticationResponseJSON` of WebAuthn: what `toJSON()` makes of the credential that
 * `navigator.credentials.get` returns, with all its members
 */
export interface PasskeyAssertion { readonly [name: string]: unknown }

/** Last factor */
export interface LastFactorProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 409
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "last-factor"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** A second factor of an account */
export interface Factor {
  /** Stays the same for ever */
  readonly id: string
  /**
   * `totp`: an authenticator application. `passkey`: a key in a device or a password manager.
   * `recovery_codes`: codes that stand in for a lost factor
   */
  readonly type: "totp" | "passkey" | "recovery_codes"
  /** What its holder calls it */
  readonly name: string
  /** When it was enrolled (RFC 3339, UTC, with milliseconds) */
  readonly created_at: string
  readonly last_used_at: string | null
  /** Whether it counts. Until it is confirmed, it doesn't */
  readonly confirmed: boolean
  /** How many recovery codes are unused */
  readonly remaining?: number | undefined
  readonly passkey?: {
    /** Whether it is copied to other devices of its holder */
    readonly backed_up: boolean
    /** The model of the authenticator, or zeros */
    readonly aaguid: string
  } | undefined
}

/** A new name for a factor */
export interface FactorChange {
  /**
   * At least one visible character; no control characters, line breaks, characters that turn the
   * direction of text, or invisible ones where they mean nothing. Blanks around it are removed.
   */
  readonly name: string
}

export interface FactorConfirmation {
  /** The six digits that the authenticator application shows now */
  readonly code?: string | undefined
  readonly registration?: PasskeyRegistration | undefined
  /** Whether every other session of the account ends, which it does if this is left out */
  readonly end_other_sessions?: boolean | undefined
}

/**
 * `RegistrationResponseJSON` of WebAuthn: what `toJSON()` makes of the credential that
 * `navigator.credentials.create` returns, with all its members
 */
export interface PasskeyRegistration { readonly [name: string]: unknown }

/** Too many factors */
export interface TooManyFactorsProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 409
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "too-many-factors"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** A new factor with its secrets, which are shown this once and never again */
export interface EnrolledFactor {
  /** Stays the same for ever */
  readonly id: string
  /**
   * `totp`: an authenticator application. `passkey`: a key in a device or a password manager.
   * `recovery_codes`: codes that stand in for a lost factor
   */
  readonly type: "totp" | "passkey" | "recovery_codes"
  /** What its holder calls it */
  readonly name: string
  /** When it was enrolled (RFC 3339, UTC, with milliseconds) */
  readonly created_at: string
  readonly last_used_at: string | null
  /** Whether it counts. Until it is confirmed, it doesn't */
  readonly confirmed: boolean
  /** How many recovery codes are unused */
  readonly remaining?: number | undefined
  readonly passkey?: {
    /** Whether it is copied to other devices of its holder */
    readonly backed_up: boolean
    /** The model of the authenticator, or zeros */
    readonly aaguid: string
  } | undefined
  /** Of `totp`: the secret in base32, for applications into which it is typed */
  readonly secret?: string | undefined
  /** Of `totp`: the secret as an address, to be shown as a QR code */
  readonly otpauth_uri?: string | undefined
  readonly options?: PasskeyCreationOptions | undefined
  /** Of `recovery_codes`: the codes. Each is good once. */
  readonly codes?: ReadonlyArray<string> | undefined
}

/**
 * `PublicKeyCredentialCreationOptionsJSON` of WebAuthn: for
 * `PublicKeyCredential.parseCreationOptionsFromJSON`, and then `navigator.credentials.create`, within
 * five minutes
 */
export interface PasskeyCreationOptions {
  readonly challenge: string
  readonly rp: {
    readonly id: string
    readonly name: string
  }
  readonly user: {
    readonly id: string
    readonly name: string
    readonly displayName: string
  }
  readonly pubKeyCredParams: ReadonlyArray<{
    readonly type: "public-key"
    readonly alg: number
  }>
  readonly timeout: number
  readonly excludeCredentials: ReadonlyArray<{
    readonly id: string
    readonly type: "public-key"
    readonly transports: ReadonlyArray<string>
  }>
  readonly authenticatorSelection: {
    readonly residentKey: "required"
    readonly requireResidentKey: true
    readonly userVerification: "required"
  }
  readonly attestation: "none"
}

/** A factor to enrol */
export interface NewFactor {
  /** What to enrol */
  readonly type: "totp" | "passkey" | "recovery_codes"
  /**
   * At least one visible character; no control characters, line breaks, characters that turn the
   * direction of text, or invisible ones where they mean nothing. Blanks around it are removed.
   */
  readonly name: string
}

/** The second factors of an account, oldest first */
export interface FactorList {
  readonly factors: ReadonlyArray<Factor>
}

export interface Elevation {
  /** The account's current password */
  readonly current_password?: string | undefined
  /** The six digits that the authenticator application shows now */
  readonly totp?: string | undefined
  readonly passkey?: PasskeyAssertion | undefined
}

/** One signed-in client of an account */
export interface Session {
  /** By which it can be ended; no secret */
  readonly id: string
  /** The `id` of its account */
  readonly account_id: string
  /** When it began (RFC 3339, UTC, with milliseconds) */
  readonly created_at: string
  /** When it was last used, to the minute (RFC 3339, UTC, with milliseconds) */
  readonly last_used_at: string
  /**
   * When it ends unless it is used before; using it moves this on, up to a limit (RFC 3339, UTC, with
   * milliseconds)
   */
  readonly expires_at: string
  /** When its holder last proved who they are (RFC 3339, UTC, with milliseconds) */
  readonly authenticated_at: string
  /**
   * How its holder proved who they are, by the names of RFC 8176: `pwd` for a password, `otp` for a
   * one-time password, `hwk` or `swk` for a passkey, `mfa` for several factors; besides these `email`
   * for a mail that was answered. There may be others.
   */
  readonly amr: ReadonlyArray<string>
  /** The authenticator assurance level: 1, or 2 if a second factor or a passkey was given */
  readonly aal: 1 | 2
  readonly elevated_until: string | null
  /** Whether this is the session that asks */
  readonly current: boolean
  /** What its client called itself, cut to 512 characters; null if it did not */
  readonly user_agent: string | null
  /** Where it was started from; null if that is not known */
  readonly ip_address: string | null
  readonly account: {
    /** As its holder wrote it */
    readonly email: string
    /** What to call them */
    readonly display_name: string
    /** When it was signed up (RFC 3339, UTC, with milliseconds) */
    readonly created_at: string
  }
}

/** Live sessions, newest first. A page may have fewer than requested, even none, and still have `next`. */
export interface SessionPage {
  /** The sessions of this page */
  readonly sessions: ReadonlyArray<Session>
  /** Pass it as `after` to get the rest of the list. Null only at the end of the list */
  readonly next: string | null
}

/** Request in progress */
export interface RequestInProgressProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 409
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "request-in-progress"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Idempotency key reused */
export interface IdempotencyKeyReusedProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 422
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "idempotency-key-reused"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** A sign-in by a passkey alone */
export interface PasskeySignIn {
  readonly passkey: PasskeyAssertion
  /**
   * How the session's secret is returned: as `token` in the answer, or in a cookie that scripts can't
   * read. `token` if this is left out
   */
  readonly transport?: "token" | "cookie" | undefined
}

/** A sign-in */
export interface SignIn {
  /** The account's email. Case makes no difference. */
  readonly email: string
  /** The account's current password */
  readonly password: string
  /**
   * How the session's secret is returned: as `token` in the answer, or in a cookie that scripts can't
   * read. `token` if this is left out
   */
  readonly transport?: "token" | "cookie" | undefined
}

/** The confirmation of a deletion */
export interface AccountDeletion {
  /**
   * The account's current password, unless the session is elevated. Needed to change email or password
   * and to delete the account. For a new email of an account with a second factor the session has to be
   * elevated.
   */
  readonly current_password?: string | undefined
}

/** A change of one's own password */
export interface PasswordChange {
  /**
   * The account's current password, unless the session is elevated. Needed to change email or password
   * and to delete the account. For a new email of an account with a second factor the session has to be
   * elevated.
   */
  readonly current_password?: string | undefined
  /** Any characters will do. The operator may ask for a greater length. */
  readonly new_password: string
}

/** Precondition required */
export interface PreconditionRequiredProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 428
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "precondition-required"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** Version conflict */
export interface VersionConflictProblem {
  /** The address of a page about this kind of problem */
  readonly type: string
  /** The kind of problem in words */
  readonly title: string
  /** The status of the answer */
  readonly status: 412
  /** What to do about this one, for people */
  readonly detail: string
  /** The kind of problem, for programs */
  readonly code: "version-conflict"
  /** The request's `x-request-id` */
  readonly request_id: string
}

/** A change of one's own account */
export interface AccountChange {
  /** An address as its holder writes it. Spellings that differ in case only are one address. */
  readonly email?: string | undefined
  /**
   * At least one visible character; no control characters, line breaks, characters that turn the
   * direction of text, or invisible ones where they mean nothing. Blanks around it are removed.
   */
  readonly display_name?: string | undefined
  /**
   * The account's current password, unless the session is elevated. Needed to change email or password
   * and to delete the account. For a new email of an account with a second factor the session has to be
   * elevated.
   */
  readonly current_password?: string | undefined
}

/** Everything that is stored about an account */
export interface AccountExport {
  readonly account: Account
  /** The id in the system that the account came from; null if it was made here */
  readonly external_id: string | null
  /** Second factors without their secrets, oldest first */
  readonly factors: ReadonlyArray<Factor>
  /** The mails that wait, and those of the last days, newest first */
  readonly mails: ReadonlyArray<OwnMail>
  /** The live sessions, newest first */
  readonly sessions: ReadonlyArray<AccountSession>
  /** What happened to the account, oldest first */
  readonly audit_log: ReadonlyArray<OwnAuditEntry>
}

/** Something that happened to an account */
export interface OwnAuditEntry {
  /** Sorts by time */
  readonly id: string
  /** When it happened (RFC 3339, UTC, with milliseconds) */
  readonly occurred_at: string
  /** What was done */
  readonly action: "account.created" | "account.updated" | "account.disabled" | "account.enabled" | "account.deleted" | "account.exported" | "password.changed" | "password.refused" | "password.limited" | "sign-in.refused" | "sign-in.limited" | "sign-up.refused" | "sign-up.limited" | "email.refused" | "email.limited" | "recovery.started" | "recovery.refused" | "recovery.limited" | "recovery.completed" | "email-verification.started" | "email-verification.refused" | "email-verification.limited" | "email-verification.completed" | "email-verification.set" | "email-verification.withdrawn" | "sign-up.started" | "sign-in-link.started" | "sign-in-link.refused" | "sign-in-link.limited" | "email-change.started" | "email-change.refused" | "email-change.limited" | "email-change.completed" | "email-change.cancelled" | "email-change-reversal.refused" | "email-change-reversal.limited" | "email-change-reversal.completed" | "second-factor.started" | "second-factor.refused" | "second-factor.limited" | "factor.created" | "factor.confirmed" | "factor.refused" | "factor.limited" | "factor.renamed" | "factor.removed" | "factor.suspected" | "session.started" | "session.elevated" | "session.ended" | "session.revoked" | "session.displaced" | "sessions.revoked" | "accounts.exported" | "credentials.exported" | "challenges.ended" | "mail.shown" | "api-key.created" | "api-key.rolled" | "api-key.revoked" | "api-key.used" | "api-key.refused" | "api-key.limited"
  /**
   * Who did it: `account` for the account's holder, `admin` and `api_key` for the operator and the
   * operator's programs, `system` for the service, `anonymous` for somebody who hadn't proved who they
   * are
   */
  readonly actor: "account" | "admin" | "anonymous" | "api_key" | "system"
  /** The session that it is about, or null */
  readonly session_id: string | null
  /** Which parts of the account changed */
  readonly changed: ReadonlyArray<"email" | "display_name" | "password" | "status" | "email_verified" | "factors">
  /**
   * Of a session that began or was elevated, how its holder proved who they are, by the names of RFC
   * 8176
   */
  readonly amr: ReadonlyArray<"pwd" | "email" | "otp" | "hwk" | "swk" | "user" | "pop" | "mfa">
  /** The address that it was asked for from; null if that isn't known, or is the operator's */
  readonly client_address: string | null
}

/** One signed-in client of an account */
export interface AccountSession {
  /** By which it can be ended; no secret */
  readonly id: string
  /** The `id` of its account */
  readonly account_id: string
  /** When it began (RFC 3339, UTC, with milliseconds) */
  readonly created_at: string
  /** When it was last used, to the minute (RFC 3339, UTC, with milliseconds) */
  readonly last_used_at: string
  /**
   * When it ends unless it is used before; using it moves this on, up to a limit (RFC 3339, UTC, with
   * milliseconds)
   */
  readonly expires_at: string
  /** When its holder last proved who they are (RFC 3339, UTC, with milliseconds) */
  readonly authenticated_at: string
  /**
   * How its holder proved who they are, by the names of RFC 8176: `pwd` for a password, `otp` for a
   * one-time password, `hwk` or `swk` for a passkey, `mfa` for several factors; besides these `email`
   * for a mail that was answered. There may be others.
   */
  readonly amr: ReadonlyArray<string>
  /** The authenticator assurance level: 1, or 2 if a second factor or a passkey was given */
  readonly aal: 1 | 2
  readonly elevated_until: string | null
  /** What its client called itself, cut to 512 characters; null if it did not */
  readonly user_agent: string | null
  /** Where it was started from; null if that is not known */
  readonly ip_address: string | null
}

/** A mail about an account */
export interface OwnMail {
  /** Sorts by time */
  readonly id: string
  /** What it is for */
  readonly purpose: "email-verification" | "recovery" | "sign-up" | "sign-up-known" | "sign-in-link" | "email-change" | "email-change-notice" | "password-changed" | "email-changed" | "recovery-used" | "new-device" | "factor-added" | "factor-removed" | "test"
  /** The address */
  readonly to: string
  /** What has become of it */
  readonly status: "waiting" | "sent" | "refused" | "expired"
  /** Since when it waits or waited (RFC 3339, UTC, with milliseconds) */
  readonly queued_at: string
  readonly settled_at: string | null
  /** The client that the mail tells of, or null */
  readonly user_agent: string | null
  /** The address of that client, or null */
  readonly ip_address: string | null
}

/** A sign-up */
export interface NewAccount {
  /** An address as its holder writes it. Spellings that differ in case only are one address. */
  readonly email: string
  /** Any characters will do. The operator may ask for a greater length. */
  readonly password: string
  /**
   * At least one visible character; no control characters, line breaks, characters that turn the
   * direction of text, or invisible ones where they mean nothing. Blanks around it are removed.
   */
  readonly display_name: string
}

/** Every request, by its method and path. */
export interface Operations {
  /** Sign up */
  readonly "POST /accounts": {
    readonly input: {
      readonly headers?: {
        /**
         * Names the request, in visible ASCII characters: the same key and body within 24 hours gets the same
         * answer and does nothing twice
         */
        readonly "idempotency-key"?: string | undefined
      } | undefined
      readonly body: NewAccount
    }
    readonly answers: {
      readonly 201: Account
    }
    readonly problem: MalformedRequestProblem | VerificationRequiredProblem | RequestTimeoutProblem | RequestInProgressProblem | EmailAlreadyExistsProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | IdempotencyKeyReusedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Show my account */
  readonly "GET /accounts/me": {
    readonly input: {}
    readonly answers: {
      readonly 200: Account
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Change my account */
  readonly "PATCH /accounts/me": {
    readonly input: {
      readonly headers: {
        /** The `ETag` of the account as you read it. Without it the answer is 428. */
        readonly "if-match": string
      }
      readonly body: AccountChange
    }
    readonly answers: {
      readonly 200: Account
    }
    readonly problem: MalformedRequestProblem | InvalidCredentialsProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | EmailAlreadyExistsProblem | VersionConflictProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | PreconditionRequiredProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Delete my account */
  readonly "DELETE /accounts/me": {
    readonly input: {
      readonly body: AccountDeletion
    }
    readonly answers: {
      readonly 204: undefined
    }
    readonly problem: MalformedRequestProblem | InvalidCredentialsProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Take my data */
  readonly "GET /accounts/me/export": {
    readonly input: {}
    readonly answers: {
      readonly 200: AccountExport
    }
    readonly problem: MalformedRequestProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Change my password */
  readonly "PUT /accounts/me/password": {
    readonly input: {
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: PasswordChange
    }
    readonly answers: {
      readonly 200: StartedSession
    }
    readonly problem: MalformedRequestProblem | InvalidCredentialsProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Sign in */
  readonly "POST /sessions": {
    readonly input: {
      readonly headers?: {
        /**
         * Names the request, in visible ASCII characters: the same key and body within 24 hours gets the same
         * answer and does nothing twice
         */
        readonly "idempotency-key"?: string | undefined
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: SignIn | PasskeySignIn
    }
    readonly answers: {
      readonly 201: StartedSession
    }
    readonly problem: MalformedRequestProblem | InvalidCredentialsProblem | SecondFactorRequiredProblem | OriginNotAllowedProblem | VerificationRequiredProblem | RequestTimeoutProblem | RequestInProgressProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | IdempotencyKeyReusedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** List my sessions */
  readonly "GET /sessions": {
    readonly input: {
      readonly query?: {
        /** The most sessions on one page */
        readonly limit?: number | undefined
        /** The `next` of an earlier page of this list */
        readonly after?: string | undefined
      } | undefined
    }
    readonly answers: {
      readonly 200: SessionPage
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Sign out everywhere */
  readonly "DELETE /sessions": {
    readonly input: {}
    readonly answers: {
      readonly 204: undefined
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Show my session */
  readonly "GET /sessions/me": {
    readonly input: {}
    readonly answers: {
      readonly 200: Session
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Sign out */
  readonly "DELETE /sessions/me": {
    readonly input: {}
    readonly answers: {
      readonly 204: undefined
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Prove again who I am */
  readonly "POST /sessions/me/elevation": {
    readonly input: {
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: Elevation
    }
    readonly answers: {
      readonly 200: StartedSession
    }
    readonly problem: MalformedRequestProblem | InvalidCredentialsProblem | InvalidCodeProblem | SecondFactorRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** End one of my sessions */
  readonly "DELETE /sessions/{id}": {
    readonly input: {
      readonly path: {
        /** The `id` of a session of the account */
        readonly id: string
      }
    }
    readonly answers: {
      readonly 204: undefined
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | NotFoundProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** List my factors */
  readonly "GET /accounts/me/factors": {
    readonly input: {}
    readonly answers: {
      readonly 200: FactorList
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Enrol a factor */
  readonly "POST /accounts/me/factors": {
    readonly input: {
      readonly body: NewFactor
    }
    readonly answers: {
      readonly 201: EnrolledFactor
    }
    readonly problem: MalformedRequestProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | NotFoundProblem | RequestTimeoutProblem | TooManyFactorsProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Confirm a factor */
  readonly "POST /accounts/me/factors/{id}/confirm": {
    readonly input: {
      readonly path: {
        /** The `id` of the factor */
        readonly id: string
      }
      readonly body: FactorConfirmation
    }
    readonly answers: {
      readonly 200: Factor
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | NotFoundProblem | RequestTimeoutProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Rename a factor */
  readonly "PATCH /accounts/me/factors/{id}": {
    readonly input: {
      readonly path: {
        /** The `id` of the factor */
        readonly id: string
      }
      readonly body: FactorChange
    }
    readonly answers: {
      readonly 200: Factor
    }
    readonly problem: MalformedRequestProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | NotFoundProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Remove a factor */
  readonly "DELETE /accounts/me/factors/{id}": {
    readonly input: {
      readonly path: {
        /** The `id` of the factor */
        readonly id: string
      }
    }
    readonly answers: {
      readonly 204: undefined
    }
    readonly problem: MalformedRequestProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | NotFoundProblem | RequestTimeoutProblem | LastFactorProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Give the second factor */
  readonly "POST /sign-ins/{id}/factor": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: FactorAnswer
    }
    readonly answers: {
      readonly 201: StartedSession
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | OriginNotAllowedProblem | NotFoundProblem | RequestTimeoutProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Ask for a passkey */
  readonly "POST /passkeys/sign-in-options": {
    readonly input: {}
    readonly answers: {
      readonly 200: PasskeyRequestOptions
    }
    readonly problem: MalformedRequestProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Ask for one of my passkeys */
  readonly "POST /sessions/me/elevation-options": {
    readonly input: {}
    readonly answers: {
      readonly 200: PasskeyRequestOptions
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | NotFoundProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Sign up by mail */
  readonly "POST /sign-ups": {
    readonly input: {
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: SignUpRequest
    }
    readonly answers: {
      readonly 202: Challenge
    }
    readonly problem: MalformedRequestProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Answer a sign-up */
  readonly "POST /sign-ups/{id}/answer": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: SignUpAnswer
    }
    readonly answers: {
      readonly 201: SignedUp
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | OriginNotAllowedProblem | NotFoundProblem | RequestTimeoutProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Recover an account */
  readonly "POST /recoveries": {
    readonly input: {
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: RecoveryRequest
    }
    readonly answers: {
      readonly 202: Challenge
    }
    readonly problem: MalformedRequestProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Answer a recovery */
  readonly "POST /recoveries/{id}/answer": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: RecoveryAnswer
    }
    readonly answers: {
      readonly 200: StartedSession
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | SecondFactorRequiredProblem | OriginNotAllowedProblem | NotFoundProblem | RequestTimeoutProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Verify my email */
  readonly "POST /accounts/me/email-verification": {
    readonly input: {}
    readonly answers: {
      readonly 200: Account
      readonly 202: Challenge
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | NotFoundProblem | RequestTimeoutProblem | PayloadTooLargeProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Answer a verification */
  readonly "POST /email-verifications/{id}/answer": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly body: EmailVerificationAnswer
    }
    readonly answers: {
      readonly 200: Account
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | NotFoundProblem | RequestTimeoutProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Mail a challenge again */
  readonly "POST /challenges/{id}/resend": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
    }
    readonly answers: {
      readonly 202: Challenge
    }
    readonly problem: MalformedRequestProblem | NotFoundProblem | RequestTimeoutProblem | ChallengeOverProblem | PayloadTooLargeProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Sign in by mail */
  readonly "POST /sign-in-links": {
    readonly input: {
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: SignInLinkRequest
    }
    readonly answers: {
      readonly 202: Challenge
    }
    readonly problem: MalformedRequestProblem | NotFoundProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Answer a mail that signs in */
  readonly "POST /sign-in-links/{id}/answer": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly headers?: {
        /**
         * The `device` of this client's last sign-in; browsers keep it in the cookie `__Host-identity-device`
         * instead. One that is unknown, expired or of another account is ignored
         */
        readonly "identity-device"?: string | undefined
      } | undefined
      readonly body: SignInLinkAnswer
    }
    readonly answers: {
      readonly 201: StartedSession
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | SecondFactorRequiredProblem | OriginNotAllowedProblem | VerificationRequiredProblem | NotFoundProblem | RequestTimeoutProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Change my email */
  readonly "POST /accounts/me/email-change": {
    readonly input: {
      readonly body: EmailChangeRequest
    }
    readonly answers: {
      readonly 202: Challenge
    }
    readonly problem: MalformedRequestProblem | InvalidCredentialsProblem | ReauthenticationRequiredProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | TooManyRequestsProblem | InternalErrorProblem
  }
  /** Keep my email */
  readonly "DELETE /accounts/me/email-change": {
    readonly input: {}
    readonly answers: {
      readonly 204: undefined
    }
    readonly problem: MalformedRequestProblem | SessionRequiredProblem | OriginNotAllowedProblem | FactorRequiredProblem | RequestTimeoutProblem | PayloadTooLargeProblem | InternalErrorProblem
  }
  /** Answer a change of email */
  readonly "POST /email-changes/{id}/answer": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly body: EmailChangeAnswer
    }
    readonly answers: {
      readonly 200: Account
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | NotFoundProblem | RequestTimeoutProblem | EmailAlreadyExistsProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
  /** Take an account back */
  readonly "POST /email-changes/{id}/reversal": {
    readonly input: {
      readonly path: {
        /** The `id` of the challenge */
        readonly id: string
      }
      readonly body: EmailChangeReversal
    }
    readonly answers: {
      readonly 200: Account
    }
    readonly problem: MalformedRequestProblem | InvalidCodeProblem | NotFoundProblem | RequestTimeoutProblem | EmailAlreadyExistsProblem | ChallengeOverProblem | PayloadTooLargeProblem | UnsupportedMediaTypeProblem | ValidationFailedProblem | InternalErrorProblem
  }
}
