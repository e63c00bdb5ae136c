/**
 * The contract of directories that do not lag. Where there is one, ended sessions are counted exactly, too.
 *
 * Accounts, chains, mails, keys of challenges and API keys are listed from stores of their own, which contain nothing
 * else.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { Directory } from "../../src/ports/Directory.ts"
import type { Retention } from "../../src/ports/Retention.ts"
import type { Store } from "../../src/ports/Stores.ts"
import { accountListPromises } from "./directory/account-lists.ts"
import { apiKeyListPromises } from "./directory/api-key-lists.ts"
import { auditListPromises } from "./directory/audit-lists.ts"
import { challengeKeyPromises } from "./directory/challenge-keys.ts"
import { countPromises } from "./directory/counts.ts"
import { estimatePromises } from "./directory/estimates.ts"
import { mailListPromises } from "./directory/mail-lists.ts"
import { relyingPartyPromises } from "./directory/relying-parties.ts"
import { sealedFactorPromises } from "./directory/sealed-factors.ts"
import { sessionSearchPromises } from "./directory/session-search.ts"

export const directoryContract = <E>(name: string, stores: Layer.Layer<Directory | Retention | Store, E>): void => {
  describe(`${name} directory`, () => {
    layer(stores)("lists of accounts", accountListPromises)
    layer(stores)("lists of audit entries and chains", auditListPromises)
    layer(stores)("lists of mails", mailListPromises)
    layer(stores)("lists of API keys", apiKeyListPromises)
    layer(stores)("keys of challenges", challengeKeyPromises)
    layer(stores)("domains of passkeys", relyingPartyPromises)
    layer(stores)("sealed secrets", sealedFactorPromises)
    layer(stores)((it) => {
      describe("sessions by what they have in common", () => sessionSearchPromises(it))
      describe("counts of what ends", () => countPromises(it))
      describe("estimates", () => estimatePromises(it))
    })
  })
}
