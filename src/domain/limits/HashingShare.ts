/**
 * Tells the hasher on whose behalf a password is hashed, so that nobody takes more of its queue than their share.
 *
 * A requester is an email and the network that the request came from, as with guesses: emails without an account have
 * the same share, so a refusal says nothing about who has one. Administrators come from no network. While limits are
 * off nobody has a share.
 */
import { Effect, Option } from "effect"
import { HashRequester } from "../../ports/PasswordHasher.ts"
import { Caller } from "../model/Caller.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { clientNetwork } from "../model/IpAddress.ts"
import { AttemptPolicy } from "./AttemptPolicy.ts"

/** Runs what hashes with the share of an email and of the current network. */
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
