/**
 * Decides which budgets an attempt counts against. The choice depends only on what the caller sent, never on whether
 * the account exists or who signed in from where. So everybody who sends the same gets the same refusal.
 */
import { Effect } from "effect"
import type { Array } from "effect"
import type { SharedBudget } from "../../ports/GuessBudgets.ts"
import type { AccountId } from "../model/Account.ts"
import type { Device } from "../model/Device.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import type { AttemptAction } from "../model/IdentityErrors.ts"
import type { AttemptLimits } from "./AttemptPolicy.ts"
import { budget, currentNetworks, networkBudgets, sharedBudget } from "./NamedBudgets.ts"
import type { NamedBudget } from "./NamedBudgets.ts"

export interface AttemptPlan {
  readonly action: AttemptAction
  readonly budgets: Array.NonEmptyReadonlyArray<NamedBudget>
  readonly shared?: SharedBudget & { readonly open: NamedBudget; readonly kept: NamedBudget }
  /** Counts attempts that pass. */
  readonly successes?: NamedBudget
}

/**
 * An attempt to sign in from a device that signed in to the account before. Nobody else's attempts count here, so
 * nobody else can use these up. The device's holder learns only about attempts of their own.
 */
export const planDevice = (limits: AttemptLimits, { accountId, id }: Device): AttemptPlan => ({
  action: "sign-in",
  budgets: [budget(limits, "device", "forget-all", accountId, id)],
  successes: budget(limits, "successes", "keep", accountId, id)
})

/**
 * An attempt to sign in from anywhere else. Success gives back only this attempt. If it gave back more, a guesser with
 * the same email or in the same network would notice that somebody else has signed in.
 */
export const planSignIn = Effect.fnUntraced(function*(limits: AttemptLimits, email: Email) {
  const networks = yield* currentNetworks
  const key = emailKey(email)
  const plan: AttemptPlan = {
    action: "sign-in",
    budgets: [
      budget(limits, "account", "forget-one", key),
      budget(limits, "accountFromNetwork", "forget-one", key, ...(networks === undefined ? [] : [networks.network])),
      ...networkBudgets(limits, ["network", "network56", "network48"], "forget-one", networks)
    ],
    shared: yield* sharedBudget(limits, "everywhere", "forget-one", networks),
    successes: budget(limits, "successes", "keep", key)
  }
  return plan
})

/**
 * An attempt to sign in by a passkey, which names nobody. Keys can't be guessed, so this limits work alone. It must not
 * count by passkey, because somebody else could then keep its holder out.
 */
export const planPasskey = Effect.fnUntraced(function*(limits: AttemptLimits): Effect.fn.Return<AttemptPlan> {
  const networks = yield* currentNetworks
  const [narrow, ...wide] = networkBudgets(limits, ["network", "network56", "network48"], "forget-one", networks)
  return {
    action: "sign-in",
    budgets: [narrow ?? budget(limits, "network", "forget-one"), ...wide],
    shared: yield* sharedBudget(limits, "everywhere", "forget-one", networks)
  }
})

/**
 * An attempt at an account's current password by somebody who is signed in to it. All holders of sessions share the
 * limit on correct passwords with the owner. That does no harm, because somebody who also knows the password can do
 * anything to the account.
 */
export const planConfirmation = (limits: AttemptLimits, accountId: AccountId): AttemptPlan => ({
  action: "confirm-password",
  budgets: [
    budget(limits, "confirmation", "forget-all", accountId),
    budget(limits, "successes", "keep", "confirmation", accountId)
  ]
})

export const planSignUp = Effect.fnUntraced(function*(limits: AttemptLimits, email: Email) {
  const plan: AttemptPlan = { action: "sign-up", ...(yield* claimBudgets(limits, email)) }
  return plan
})

/** A change of email reveals the same as a sign-up: whether somebody has that email. */
export const planEmailChange = Effect.fnUntraced(function*(limits: AttemptLimits, accountId: AccountId, email: Email) {
  const { budgets, shared } = yield* claimBudgets(limits, email)
  const plan: AttemptPlan = {
    action: "change-email",
    budgets: [budget(limits, "emailChange", "keep", accountId), ...budgets],
    shared
  }
  return plan
})

/**
 * A request to be mailed. It counts for every address alike, whether somebody has it or not, and is kept whatever comes
 * of it.
 */
export const planMail = Effect.fnUntraced(function*(limits: AttemptLimits, isRecovery: boolean, email: Email) {
  const networks = yield* currentNetworks
  const key = emailKey(email)
  const plan: AttemptPlan = {
    action: "request-mail",
    budgets: [
      budget(limits, "mailAddress", "keep", key),
      budget(limits, "mailAddressDaily", "keep", key),
      ...(networks === undefined ? [] : [budget(limits, "mailNetwork", "keep", networks.network)])
    ],
    shared: yield* sharedBudget(limits, isRecovery ? "recoveryEverywhere" : "mailEverywhere", "keep", networks)
  }
  return plan
})

/**
 * The same from a device that signed in to the account before. Nobody else's requests count here, so nobody can keep an
 * owner from being mailed.
 */
export const planMailFromDevice = (limits: AttemptLimits, { accountId, id }: Device): AttemptPlan => ({
  action: "request-mail",
  budgets: [
    budget(limits, "mailDevice", "keep", accountId, id),
    budget(limits, "mailDeviceDaily", "keep", accountId, id)
  ]
})

/** A notice that somebody who signs in causes. It has a budget of its own, so it takes no mail from anything else. */
export const planNotice = (limits: AttemptLimits, accountId: AccountId): AttemptPlan => ({
  action: "request-mail",
  budgets: [budget(limits, "newDeviceNotice", "keep", accountId)]
})

/** A wrong API key. Nothing about a right one is counted, so nobody can keep a program out. */
export const planWrongApiKey = Effect.fnUntraced(function*(limits: AttemptLimits): Effect.fn.Return<AttemptPlan> {
  const networks = yield* currentNetworks
  return {
    action: "api-key",
    budgets: [budget(limits, "apiKeyNetwork", "keep", networks?.network ?? "")]
  }
})

const claimBudgets = Effect.fnUntraced(function*(limits: AttemptLimits, email: Email) {
  const networks = yield* currentNetworks
  const budgets: AttemptPlan["budgets"] = [
    budget(limits, "signUpEmail", "keep", emailKey(email)),
    ...networkBudgets(limits, ["signUpNetwork", "signUpNetwork56", "signUpNetwork48"], "keep", networks)
  ]
  return {
    budgets,
    shared: yield* sharedBudget(limits, "signUpEverywhere", "keep", networks)
  }
})
