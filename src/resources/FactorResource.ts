/** The public form of a second factor, in HTTP and in the command line's JSON. It has no secret. */
import { Schema } from "effect"
import { FactorType } from "../domain/model/Factor.ts"
import type { Factor } from "../domain/model/Factor.ts"
import { instant } from "./Instant.ts"
import { text } from "./Text.ts"

export const FactorResource = Schema.Struct({
  id: text("Stays the same for ever", "fct_5m0tq1q8w3kz7v9x2c4b6n8a0"),
  type: FactorType.annotate({
    description:
      "`totp`: an authenticator application. `passkey`: a key in a device or a password manager. `recovery_codes`: " +
      "codes that stand in for a lost factor"
  }),
  name: text("What its holder calls it", "My phone"),
  created_at: instant("When it was enrolled"),
  last_used_at: Schema.NullOr(instant("When it was last used; null if it never was")),
  confirmed: Schema.Boolean.annotate({ description: "Whether it counts. Until it is confirmed, it doesn't" }),
  remaining: Schema.optionalKey(
    Schema.Int.annotate({ description: "How many recovery codes are unused", examples: [10] })
  ),
  passkey: Schema.optionalKey(Schema.Struct({
    backed_up: Schema.Boolean.annotate({ description: "Whether it is copied to other devices of its holder" }),
    aaguid: text("The model of the authenticator, or zeros", "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4")
  }))
}).annotate({ identifier: "Factor", description: "A second factor of an account" })

/** The members as JSON has them. */
export const factorMembers = (factor: Factor): typeof FactorResource.Encoded => encode(factorResource(factor))

const encode = Schema.encodeSync(FactorResource)

export const factorResource = (factor: Factor): typeof FactorResource.Type => ({
  id: factor.id,
  type: factor.type,
  name: factor.name,
  created_at: factor.createdAt,
  last_used_at: factor.lastUsedAt ?? null,
  confirmed: factor.confirmedAt !== undefined,
  ...(factor.remaining === undefined ? {} : { remaining: factor.remaining }),
  ...(factor.passkey === undefined
    ? {}
    : { passkey: { backed_up: factor.passkey.backedUp, aaguid: factor.passkey.aaguid } })
})
