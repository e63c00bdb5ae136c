/**
 * How a session comes to be: drafted, saved in the epoch of its account, and signed. `Sessions` decides who gets one.
 */
import { DateTime, Effect, Metric, Option } from "effect"
import type { Redacted } from "effect"
import type { Commit } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionStart, SessionWithAccount } from "../../ports/SessionStore.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { makeCurrentDevice } from "../limits/CurrentDevice.ts"
import { Notices } from "../mail/Notices.ts"
import type { Account, AccountId } from "../model/Account.ts"
import type { Authentication } from "../model/Authentication.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { Device, DeviceCredential } from "../model/Device.ts"
import { Session } from "../model/Session.ts"
import type { Client, SessionToken } from "../model/Session.ts"
import type { SignInAttempt } from "../passwords/PasswordAuthentication.ts"
import { sessionsEndedBy, sessionsStarted } from "../telemetry/IdentityMetrics.ts"
import { expiry, SessionPolicy } from "./SessionPolicy.ts"
import { deviceIn, encodeAnswer } from "./SignInAnswer.ts"

/** Whose session begins, where, and how they proved who they are. */
export interface SessionBeginning {
  readonly account: Account
  readonly client: Client
  readonly authentication: Authentication
}

/** What a client presents beside the proof of who its holder is. */
export interface SignInClient {
  readonly client: Client
  /** The device credential that the client presents, if it has one. */
  readonly device: Redacted.Redacted<string> | undefined
  /** The session token that the client already has. That session ends, as in `SignIn`. */
  readonly replaces: Redacted.Redacted<string> | undefined
}

export interface StartedSession extends SessionWithAccount {
  readonly token: SessionToken
  /** Identifies the device at its next sign-in. */
  readonly device: DeviceCredential
}

export const makeOpening = Effect.gen(function*() {
  const store = yield* SessionStore
  const ids = yield* IdGenerator
  const signer = yield* TokenSigner
  const trail = yield* AuditTrail
  const notices = yield* Notices
  const policy = yield* SessionPolicy
  const currentDevice = yield* makeCurrentDevice

  const draft = Effect.fnUntraced(function*(
    { account, authentication: { aal, amr }, client }: SessionBeginning
  ): Effect.fn.Return<SessionStart> {
    const now = yield* DateTime.now
    const session = Session.make({
      id: yield* ids.sessionId,
      accountId: account.id,
      epoch: account.sessionEpoch,
      createdAt: now,
      lastUsedAt: now,
      authenticatedAt: now,
      amr,
      aal,
      elevatedUntil: undefined,
      expiresAt: expiry(policy, now, now),
      userAgent: client.userAgent,
      ipAddress: client.ipAddress
    })
    const event = { action: "session.started", accountId: account.id, sessionId: session.id, amr } as const
    const commit = yield* trail.commit(event)
    return { session, commit }
  })

  const insert = Effect.fnUntraced(function*(
    beginning: SessionBeginning,
    complete: (answer: string) => Partial<Commit>,
    attempt: Pick<SignInAttempt, "device" | "passed">
  ) {
    const { account, client } = beginning
    const { commit, session } = yield* draft(beginning)
    const known = yield* attempt.device
    const deviceId = Option.isSome(known) ? known.value.id : yield* ids.deviceId
    const answer = yield* encodeAnswer({ ...session, displayName: account.displayName, deviceId })
    const notice = Option.isSome(known) ? {} : yield* notices.ofNewDevice(account, client)
    const live = yield* store.insertSession({
      session,
      commit: { ...commit, ...notice, ...(attempt.passed && { attempt: attempt.passed }), ...complete(answer) }
    })
    if (Option.isNone(live)) return Option.none<StartedSession>()
    // The count is what this sign-in saw, so it may be too low. Starting at half the limit keeps the limit when
    // many sign in at the same time.
    if (live.value * 2 > policy.perAccountMax) yield* endOldest(account.id)
    return Option.some(yield* started(session, account, deviceIn(session, deviceId)))
  }, (opening, { account }) => onBehalfOf(account.id)(opening))

  const endOldest = Effect.fnUntraced(function*(accountId: AccountId) {
    const { count, more } = yield* store.endOldestSessions({
      accountId,
      keep: policy.perAccountMax,
      now: yield* DateTime.now,
      commit: yield* trail.commit({ action: "session.displaced", accountId })
    })
    yield* Metric.update(sessionsEndedBy("displaced"), count)
    return more
  }, Effect.repeat({ while: (more) => more }))

  /** The device that a client presents, if it is known to the account of the session, or else a new one. */
  const deviceFor = Effect.fnUntraced(function*(
    presented: Redacted.Redacted<string> | undefined,
    session: Session,
    signedInAt = session.authenticatedAt
  ) {
    const known = Option.filter(yield* currentDevice(presented), ({ accountId }) => accountId === session.accountId)
    const id = Option.isSome(known) ? known.value.id : yield* ids.deviceId
    return { id, accountId: session.accountId, signedInAt }
  })

  const signed = Effect.fnUntraced(function*(session: Session, account: Account, device: Device) {
    const token = yield* signer.signSession(session.id)
    return { session, account, token, device: yield* signer.signDevice(device) }
  })

  const started = Effect.fnUntraced(function*(session: Session, account: Account, device: Device) {
    yield* Effect.annotateCurrentSpan({ "account.id": account.id, "session.id": session.id })
    yield* Metric.update(sessionsStarted, 1)
    return yield* signed(session, account, device)
  })

  return { deviceFor, draft, insert, signed, started }
})
