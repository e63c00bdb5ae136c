/** The settings of keys, and of what needs them. */
import { Schema } from "effect"
import type { RawValues } from "../../platform/configuration/Configuration.ts"
import type { SettingsTable } from "../../platform/configuration/Setting.ts"
import * as Syntax from "../../platform/configuration/Syntax.ts"
import { problemIf } from "../../platform/process/CommandFailed.ts"
import type { SettingProblem } from "../../platform/process/CommandFailed.ts"
import { KeyRing, shareSecret } from "./KeyRing.ts"

/** Whether secrets can't be sealed. The embedded database has a key of its own. */
const lacksEncryption = (textOf: (name: string) => string | undefined) =>
  textOf("IDENTITY_DATABASE_URL") !== undefined && textOf("IDENTITY_ENCRYPTION_KEYS") === undefined

export const keySettings = {
  IDENTITY_SIGNING_KEYS: {
    schema: Schema.optionalKey(KeyRing),
    secret: true,
    whenAbsent: (textOf) =>
      textOf("IDENTITY_DATABASE_URL") === undefined ? "<generated, in IDENTITY_DATA_DIR>" : undefined,
    description:
      "`kid:base64url,…`, each of 32 bytes or more. The first signs, all verify. Required with a database URL; the " +
      "embedded database generates one."
  },
  IDENTITY_ENCRYPTION_KEYS: {
    schema: Schema.optionalKey(KeyRing),
    secret: true,
    whenAbsent: (textOf) =>
      textOf("IDENTITY_DATABASE_URL") === undefined ? "<generated, in IDENTITY_DATA_DIR>" : undefined,
    description:
      "Keys like the signing keys, for secrets that are stored to be read again, such as those of authenticator " +
      "applications. The first seals, all open. The embedded database generates one."
  },
  IDENTITY_PASSWORD_PEPPERS: {
    schema: Schema.optionalKey(KeyRing),
    secret: true,
    description: "Keys like the signing keys: the first goes into new password hashes, all verify. " +
      "Without its pepper no hash does."
  },
  IDENTITY_SECOND_FACTOR: {
    schema: Syntax.OneOf(["optional", "required", "off"]),
    fallback: (textOf) => lacksEncryption(textOf) ? "off" : "optional",
    description:
      "Whether people use a second factor: `optional`, `required` (a session without one may only enrol one) or " +
      "`off` (nobody can enrol one; what is enrolled is still asked for). Without encryption keys it is `off`."
  }
} satisfies SettingsTable

/** The rules between them. If one secret served two purposes, a leak of either would compromise both. */
export const checkKeySettings = ({ isGiven, textOf }: RawValues): ReadonlyArray<SettingProblem> => [
  ...problemIf(
    isGiven("IDENTITY_DATABASE_URL") && !isGiven("IDENTITY_SIGNING_KEYS"),
    "IDENTITY_SIGNING_KEYS",
    "is missing: with IDENTITY_DATABASE_URL it is required; `identity generate-signing-key` prints one"
  ),
  ...problemIf(
    shareSecret(textOf("IDENTITY_PASSWORD_PEPPERS"), textOf("IDENTITY_SIGNING_KEYS")),
    "IDENTITY_PASSWORD_PEPPERS",
    "must not repeat a key of IDENTITY_SIGNING_KEYS"
  ),
  ...problemIf(
    [textOf("IDENTITY_SIGNING_KEYS"), textOf("IDENTITY_PASSWORD_PEPPERS")].some((others) =>
      shareSecret(textOf("IDENTITY_ENCRYPTION_KEYS"), others)
    ),
    "IDENTITY_ENCRYPTION_KEYS",
    "must not repeat a key of IDENTITY_SIGNING_KEYS or IDENTITY_PASSWORD_PEPPERS"
  ),
  ...problemIf(
    lacksEncryption(textOf) && textOf("IDENTITY_SECOND_FACTOR") !== "off",
    "IDENTITY_SECOND_FACTOR",
    "needs IDENTITY_ENCRYPTION_KEYS, unless it is off; `identity generate-signing-key` prints a key"
  )
]
