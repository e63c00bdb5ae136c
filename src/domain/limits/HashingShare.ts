/**
 * Names the requester of a password hash to the hasher, so that nobody takes more than their share of its queue.
 *
 * A requester is an email and the network of the request, as in the limits on guesses. Emails without an account have
 * the same share, so a refusal doesn't reveal which accounts exist. Administrators have no network. While limits are
 * off, there are no shares.
 */
import { Effect, Option } from "effect"
import { HashRequester } from "../../ports/PasswordHasher.ts"
import { Caller } from "../model/Caller.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { clientNetwork } from "../model/IpAddress.ts"
import { AttemptPolicy } from "./AttemptPolicy.ts"

/** Runs an effect that hashes, using the share of an email and of the current network. */
export type HashingFor = (email: Email) => <A, E, R>(hashing: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export const makeHashingFor: Effect.Effect<HashingFor> = Effect.map(
  AttemptPolicy,
  (policy) => (email) => (hashing) =>
    policy === "unlimited" ?
      hashing :
      Effect.flatMap(Caller, ({ clientAddress }) =>
        Effect.provideService(hashing, HashRequester, {
          network: clientAddress === undefined ? undefined : Option.getOrUndefined(clientNetwork(clientAddress)),
          account: emailKey(email)
        }))
)
