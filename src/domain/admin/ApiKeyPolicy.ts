import { Context, Duration } from "effect"

/** The operator's rules for API keys. */
export const ApiKeyPolicy = Context.Reference("identityd/domain/admin/ApiKeyPolicy", {
  defaultValue: () => ({
    /** No key is good for longer. */
    maxLifetime: Duration.days(365)
  })
})

/** How long a key is good if its maker doesn't say. */
export const API_KEY_LIFETIME_DEFAULT = Duration.days(90)

/** How long the secret before a roll stays good if nobody says otherwise. */
export const KEEP_OLD_DEFAULT = Duration.hours(1)

export const KEEP_OLD_MAX = "30 days"
