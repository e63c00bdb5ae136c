import { DateTime, Option } from "effect"
import { Account, AccountId, DisplayName } from "../../src/domain/model/Account.ts"
import { BY_PASSWORD } from "../../src/domain/model/Authentication.ts"
import { emailKey } from "../../src/domain/model/Email.ts"
import { Session, SessionId } from "../../src/domain/model/Session.ts"
import type { AccountPrecondition } from "../../src/ports/AccountStore.ts"
import { aPasswordHash, atVersion } from "../support/builders.ts"
import { withAccount } from "./Step.ts"
import type { StepMaker, World } from "./Step.ts"

/** Mostly one that holds. Versions are guessed near the truth. */
const aPrecondition = (world: World): (version: number) => AccountPrecondition => {
  const passwordHash = aPasswordHash(`hash-${world.below(3)}`)
  const stale = world.chance(0.15) ? 1 : 0
  const status = world.chance(0.7) ? "active" : "disabled"
  return world.pick<(version: number) => AccountPrecondition, (version: number) => AccountPrecondition>([
    () => ({ _tag: "Exists" }),
    (version) => atVersion(version - stale),
    () => ({ _tag: "Status", status }),
    () => ({ _tag: "Confirmed", passwordHash }),
    (version) => ({ _tag: "Confirmed", passwordHash, version: version - stale })
  ], () => ({ _tag: "Exists" }))
}

const aSessionStart = (world: World, accountId: AccountId) => {
  const id = SessionId.make(`ses_${world.digits()}`)
  const at = world.now()
  world.sessions.push(id)
  return {
    commit: { audit: world.anEvent(accountId, "session.started") },
    session: Session.make({
      id,
      accountId,
      epoch: 0,
      createdAt: at,
      lastUsedAt: at,
      authenticatedAt: at,
      ...BY_PASSWORD,
      elevatedUntil: undefined,
      expiresAt: DateTime.addDuration(at, `${1 + world.below(120)} minutes`),
      userAgent: undefined,
      ipAddress: undefined
    })
  }
}

export const accountSteps: ReadonlyArray<StepMaker> = [
  [6, (world) => {
    const account = Account.make({
      id: AccountId.make(`acct_${world.digits()}`),
      email: world.anyEmail(),
      emailVerified: false,
      displayName: DisplayName.make(`Name ${world.made()}`),
      status: "active",
      version: 1,
      sessionEpoch: 0,
      credentialEpoch: 0,
      createdAt: world.now(),
      updatedAt: world.now()
    })
    world.accounts.push(account.id)
    const insertion = {
      account,
      passwordHash: aPasswordHash(`hash-${world.below(3)}`),
      commit: { audit: world.anEvent(account.id, "account.created"), ...world.completion() }
    }
    return { name: "insertAccount", run: ({ accounts }) => accounts.insertAccount(insertion) }
  }],
  [10, (world) => {
    const id = world.anAccount()
    const change = {
      id,
      updatedAt: world.now(),
      ...(world.chance(0.4) ? { email: world.anyEmail() } : {}),
      ...(world.chance(0.4) ? { displayName: DisplayName.make(`Renamed ${world.made()}`) } : {}),
      ...(world.chance(0.3) ? { status: world.chance(0.6) ? "active" as const : "disabled" as const } : {}),
      ...(world.chance(0.2) ? { passwordHash: aPasswordHash(`hash-${world.below(3)}`) } : {}),
      endSessions: world.chance(0.3),
      ...(world.chance(0.4) ? { keepSession: world.aSession() } : {}),
      ...(world.chance(0.2) ? { startSession: aSessionStart(world, id) } : {}),
      commit: { audit: world.anEvent(id) }
    }
    const precondition = aPrecondition(world)
    return {
      name: "updateAccount",
      run: withAccount(
        id,
        ({ version }) => ({ accounts }) => accounts.updateAccount({ ...change, precondition: precondition(version) })
      )
    }
  }],
  [2, (world) => {
    const id = world.anAccount()
    const precondition = aPrecondition(world)
    const audit = world.anEvent(id, "account.deleted")
    const at = world.now()
    return {
      name: "deleteAccount",
      run: withAccount(
        id,
        ({ version }) => ({ accounts }) =>
          accounts.deleteAccount({ id, precondition: precondition(version), now: at, commit: { audit } })
      )
    }
  }],
  [3, (world) => {
    const [from, to] = [aPasswordHash(`hash-${world.below(3)}`), aPasswordHash(`hash-${world.below(3)}`)]
    const accountId = world.anAccount()
    return { name: "replacePasswordHash", run: ({ accounts }) => accounts.replacePasswordHash({ accountId, from, to }) }
  }],
  [2, (world) => {
    const id = world.anAccount()
    return { name: "findAccountWithPassword", run: ({ accounts }) => accounts.findAccountWithPassword(id) }
  }],
  [6, (world) => {
    const key = emailKey(world.anyEmail())
    return { name: "findAccountByEmail", run: ({ accounts }) => accounts.findAccountByEmail(key) }
  }],
  [4, (world) => {
    const query = {
      limit: 1 + world.below(6),
      after: Option.none(),
      emailPrefix: Option.some(`lane${world.lane}-`),
      status: world.chance(0.5)
        ? Option.some(world.chance(0.5) ? "active" as const : "disabled" as const)
        : Option.none(),
      createdSince: world.chance(0.3) ? Option.some(DateTime.subtractDuration(world.now(), "1 hour")) : Option.none(),
      createdBefore: world.chance(0.3) ? Option.some(world.now()) : Option.none(),
      verified: world.chance(0.3) ? Option.some(world.chance(0.5)) : Option.none(),
      lastSignInBefore: Option.none()
    }
    return { name: "listAccounts", run: ({ directory }) => directory.listAccounts(query) }
  }],
  [5, (world) => {
    const claim = {
      key: `lane${world.lane}:${world.below(4)}-${Math.floor(world.made() / 200)}`,
      owner: world.digits()
    }
    world.keys.push(claim)
    const at = world.now()
    const input = {
      ...claim,
      fingerprint: `fingerprint-${world.made()}`,
      now: at,
      claimedUntil: DateTime.addDuration(at, "1 minute"),
      expiresAt: DateTime.addDuration(at, "1 hour")
    }
    return { name: "claim", run: ({ requests }) => requests.claim(input) }
  }],
  [2, (world) => {
    const claim = world.pick(world.keys.slice(-3), { key: "none", owner: "none" })
    return { name: "release", run: ({ requests }) => requests.release(claim) }
  }],
  [2, (world) => {
    const chain = world.anAccount()
    return { name: "chains", run: ({ audit }) => audit.chains([{ chain, afterSequence: 0, limit: 1000 }]) }
  }]
]
