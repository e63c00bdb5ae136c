import { DateTime, Effect, Option } from "effect"
import { BY_EMAIL, BY_PASSWORD } from "../../src/domain/model/Authentication.ts"
import { isLive, Session, SessionId } from "../../src/domain/model/Session.ts"
import { withAccount } from "./Step.ts"
import type { StepMaker } from "./Step.ts"

export const sessionSteps: ReadonlyArray<StepMaker> = [
  [20, (world) => {
    const [id, accountId] = [SessionId.make(`ses_${world.digits()}`), world.anAccount()]
    world.sessions.push(id)
    const at = world.now()
    const [life, stale] = [1 + world.below(120), world.chance(0.1) ? 1 : 0]
    const client = world.pick([
      { userAgent: "curl/8.0", ipAddress: "192.0.2.7" },
      { userAgent: "Firefox", ipAddress: "2001:db8::7" },
      { userAgent: undefined, ipAddress: undefined }
    ], { userAgent: undefined, ipAddress: undefined })
    const authentication = world.pick([BY_EMAIL, { amr: ["pwd", "otp", "mfa"], aal: 2 } as const], BY_PASSWORD)
    const elevatedUntil = world.chance(0.5) ? at : undefined
    const commit = { audit: world.anEvent(accountId, "session.started"), ...world.completion() }
    return {
      name: "insertSession",
      run: withAccount(accountId, ({ sessionEpoch }) => ({ sessions }) =>
        sessions.insertSession({
          session: Session.make({
            id,
            accountId,
            epoch: sessionEpoch - stale,
            createdAt: at,
            lastUsedAt: at,
            authenticatedAt: at,
            ...authentication,
            elevatedUntil,
            expiresAt: DateTime.addDuration(at, `${life} minutes`),
            ...client
          }),
          commit
        }))
    }
  }],
  [6, (world) => {
    const [id, at] = [world.aSession(), world.now()]
    const expiresAt = DateTime.addDuration(at, "1 hour")
    // An ended session must not be touched. The service never does that, and the stores may have removed it.
    return {
      name: "touchSession",
      run: ({ sessions }) =>
        Effect.flatMap(
          sessions.findSession(id),
          (found) =>
            Option.isSome(found) && isLive(found.value.session, found.value.account, at)
              ? sessions.touchSession({
                id,
                lastUsedAt: at,
                expiresAt,
                unlessUsedSince: DateTime.subtractDuration(at, "1 minute")
              })
              : Effect.void
        )
    }
  }],
  [8, (world) => {
    const input = { accountId: world.anAccount(), ids: [world.aSession()], now: world.now() }
    const audit = world.anEvent(input.accountId, "session.ended")
    return { name: "endSessions", run: ({ sessions }) => sessions.endSessions({ ...input, commit: { audit } }) }
  }],
  [3, (world) => {
    const input = { accountId: world.anAccount(), now: world.now() }
    const audit = world.anEvent(input.accountId, "sessions.revoked")
    return { name: "endAllSessions", run: ({ sessions }) => sessions.endAllSessions({ ...input, commit: { audit } }) }
  }],
  [3, (world) => {
    const input = { accountId: world.anAccount(), keep: world.below(4), now: world.now() }
    const audit = world.anEvent(input.accountId, "session.displaced")
    return {
      name: "endOldestSessions",
      run: ({ sessions }) => sessions.endOldestSessions({ ...input, commit: { audit } })
    }
  }],
  [4, (world) => {
    const filter = {
      ...(world.chance(0.5)
        ? { createdBefore: DateTime.subtractDuration(world.now(), `${world.below(60)} minutes`) }
        : {}),
      ...(world.chance(0.5) ? { network: world.pick(["192.0.2.0/24", "2001:db8::/32"], "192.0.2.7") } : {}),
      ...(world.chance(0.3) ? { userAgent: "fire" } : {})
    }
    const [accountId, now] = [world.anAccount(), world.now()]
    const audit = world.anEvent(accountId, "sessions.revoked")
    const search = { filter, now, accountId: Option.some(accountId), after: Option.none() }
    return {
      name: "endSessions",
      run: ({ directory, sessions }) =>
        Effect.flatMap(directory.findSessions(search), ({ items }) =>
          Effect.forEach(items, ({ ids }) =>
            Effect.map(
              sessions.endSessions({ accountId, ids, now, commit: { audit } }),
              (ended) => [ids, ended]
            )))
    }
  }],
  [1, (world) => {
    const asOf = world.now()
    return {
      name: "prune",
      run: ({ retention }) => Effect.asVoid(retention.prune("sessions", { asOf, limit: 50 }))
    }
  }],
  [12, (world) => {
    const [id, at] = [world.aSession(), world.now()]
    return {
      name: "findSession",
      run: ({ sessions }) =>
        Effect.map(sessions.findSession(id), Option.filter((found) => isLive(found.session, found.account, at)))
    }
  }],
  [8, (world) => {
    const query = { accountId: world.anAccount(), now: world.now(), limit: 1 + world.below(5), after: Option.none() }
    return {
      name: "listSessions",
      run: ({ sessions }) =>
        Effect.flatMap(sessions.listSessions(query), (page) =>
          Effect.map(
            sessions.listSessions({ ...query, after: page.next }),
            (rest) => [page, rest]
          ))
    }
  }]
]
