/**
 * Judges the API keys that programs present.
 *
 * A right key is never refused because of others' wrong ones, so nobody can keep a program out. Nobody finds 256 random
 * bits by guessing: wrong keys are limited and recorded so that operators notice, and so that they can't fill the log.
 *
 * A use is recorded before what it is for happens, so nothing is done or read by a key without an entry that says so.
 */
import { Cache, Context, DateTime, Duration, Effect, Exit, Layer, Metric, Option, Redacted } from "effect"
import { ApiKeySecrets } from "../../ports/ApiKeySecrets.ts"
import { ApiKeyStore } from "../../ports/ApiKeyStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { admits, apiKeyIdIn, digestsAt } from "../model/ApiKey.ts"
import type { ApiKey, ApiKeyId, ApiKeyScope } from "../model/ApiKey.ts"
import { Caller } from "../model/Caller.ts"
import { ApiKeyRequired, ScopeMissing } from "../model/IdentityErrors.ts"
import type { StoreUnavailable, TooManyAttempts } from "../model/IdentityErrors.ts"
import { clientNetwork } from "../model/IpAddress.ts"
import type { ClientNetwork } from "../model/IpAddress.ts"
import { apiKeyRequests } from "../telemetry/IdentityMetrics.ts"

/**
 * A use is noted, and recorded for each network that it comes from, at most this often. So busy programs don't write
 * with every request.
 */
const USE_NOTED_EVERY = Duration.minutes(1)

/** For how many keys and networks it is remembered that a use is recorded. Others' uses are just recorded again. */
const USES_REMEMBERED = 10_000

/** Where a key is used from. */
interface KeyInNetwork {
  readonly apiKeyId: ApiKeyId
  /** Undefined if it isn't known. */
  readonly network: ClientNetwork | undefined
}

export class ApiKeyAuthentication extends Context.Service<ApiKeyAuthentication, {
  /**
   * The key that a text is the secret of, if it is good now, from the caller's address, and for the scope. Its use is
   * recorded, unless this process has recorded one from the same network within a minute, and noted in parallel.
   */
  readonly authenticate: (
    presented: Redacted.Redacted<string>,
    scope: ApiKeyScope
  ) => Effect.Effect<ApiKey, ApiKeyRequired | ScopeMissing | StoreUnavailable | TooManyAttempts>
}>()("identityd/domain/admin/ApiKeyAuthentication") {
  static readonly layer = Layer.effect(
    ApiKeyAuthentication,
    Effect.gen(function*() {
      const store = yield* ApiKeyStore
      const secrets = yield* ApiKeySecrets
      const limits = yield* GuessLimits
      const trail = yield* AuditTrail
      const background = yield* Effect.scope

      const identify = Effect.fnUntraced(function*(presented: Redacted.Redacted<string>) {
        const id = apiKeyIdIn(Redacted.value(presented))
        if (id === undefined) return yield* refuse(undefined)
        const [found, digest] = [yield* store.find(id), yield* secrets.digest(presented)]
        if (Option.isNone(found)) return yield* refuse(undefined)
        const apiKey = found.value
        const known = digestsAt(apiKey, yield* DateTime.now)
        const isGood = known.some((one) => secrets.areEqual(one, digest))
        return isGood && admits(apiKey, (yield* Caller).clientAddress) ? apiKey : yield* refuse(apiKey)
      })

      const refuse = (apiKey: ApiKey | undefined) =>
        limits.wrongApiKey(Effect.fnUntraced(function*({ isLast }) {
          const action = isLast ? "api-key.limited" : "api-key.refused"
          yield* trail.record({ action, apiKeyId: apiKey?.id })
          yield* Metric.update(apiKeyRequests("refused"), 1)
          return yield* new ApiKeyRequired()
        })).pipe(Effect.tapErrorTag("TooManyAttempts", () => Metric.update(apiKeyRequests("limited"), 1)))

      const noteUse = ({ id, lastUsedAt }: ApiKey, now: DateTime.Utc) => {
        const unlessUsedSince = DateTime.subtractDuration(now, USE_NOTED_EVERY)
        return lastUsedAt !== undefined && DateTime.isGreaterThan(lastUsedAt, unlessUsedSince)
          ? Effect.void
          : Effect.forkIn(Effect.ignore(store.noteUse({ id, lastUsedAt: now, unlessUsedSince })), background)
      }

      const recorded = yield* Cache.makeWith(
        ({ apiKeyId }: KeyInNetwork) => trail.record({ action: "api-key.used", apiKeyId }),
        {
          capacity: USES_REMEMBERED,
          timeToLive: (exit) => Exit.isSuccess(exit) ? USE_NOTED_EVERY : Duration.zero
        }
      )

      const recordUse = Effect.fnUntraced(function*({ id }: ApiKey) {
        const caller = yield* Caller
        const network = Option.getOrUndefined(clientNetwork(caller.clientAddress ?? ""))
        yield* Cache.get(recorded, { apiKeyId: id, network }).pipe(
          Effect.provideService(Caller, { ...caller, actor: { type: "api_key", id } })
        )
      })

      const authenticate = Effect.fn("ApiKeyAuthentication.authenticate")(
        function*(presented: Redacted.Redacted<string>, scope: ApiKeyScope) {
          const apiKey = yield* identify(presented)
          yield* recordUse(apiKey)
          yield* noteUse(apiKey, yield* DateTime.now)
          if (!apiKey.scopes.includes(scope)) {
            yield* Metric.update(apiKeyRequests("scope-missing"), 1)
            return yield* new ScopeMissing({ scopes: [scope] })
          }
          yield* Metric.update(apiKeyRequests("accepted"), 1)
          return apiKey
        }
      )

      return ApiKeyAuthentication.of({ authenticate })
    })
  )
}
