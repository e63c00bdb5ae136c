import { Layer } from "effect"
import { Stores } from "../ports/Stores.ts"
import { AccountDirectory } from "./accounts/AccountDirectory.ts"
import { Accounts } from "./accounts/Accounts.ts"
import { OwnAccount } from "./accounts/OwnAccount.ts"
import { OwnRecords } from "./accounts/OwnRecords.ts"
import { AccountAdmission } from "./admin/AccountAdmission.ts"
import { ApiKeyAuthentication } from "./admin/ApiKeyAuthentication.ts"
import { ApiKeys } from "./admin/ApiKeys.ts"
import { Exports } from "./admin/Exports.ts"
import { Imports } from "./admin/Imports.ts"
import { AuditReview } from "./audit/AuditReview.ts"
import { AuditTrail } from "./audit/AuditTrail.ts"
import { ChallengeKeys } from "./challenges/ChallengeKeys.ts"
import { Challenges } from "./challenges/Challenges.ts"
import { EmailChanges } from "./challenges/EmailChanges.ts"
import { EmailVerifications } from "./challenges/EmailVerifications.ts"
import { Recoveries } from "./challenges/Recoveries.ts"
import { SignInLinks } from "./challenges/SignInLinks.ts"
import { SignUps } from "./challenges/SignUps.ts"
import { SharedClock } from "./clock/SharedClock.ts"
import { Factors } from "./enrolments/Factors.ts"
import { PasskeySignIns } from "./enrolments/PasskeySignIns.ts"
import { SignInCompletion } from "./enrolments/SignInCompletion.ts"
import { Passkeys } from "./factors/Passkeys.ts"
import { SecondFactors } from "./factors/SecondFactors.ts"
import { GuessLimits } from "./limits/GuessLimits.ts"
import { Notices } from "./mail/Notices.ts"
import { PasswordAuthentication } from "./passwords/PasswordAuthentication.ts"
import { Idempotency } from "./requests/Idempotency.ts"
import { BulkRevocation } from "./sessions/BulkRevocation.ts"
import { Elevations } from "./sessions/Elevations.ts"
import { Sessions } from "./sessions/Sessions.ts"
import { SessionVerification } from "./sessions/SessionVerification.ts"
import { Housekeeping } from "./upkeep/Housekeeping.ts"
import { SealedSecrets } from "./upkeep/SealedSecrets.ts"

/**
 * The services that need only the stores: those for holders' own accounts and sessions, and those for administrators of
 * any account. Callers provide the time of `SharedClock.time` where the machine's own clock must not decide.
 */
export const essentials = Layer.mergeAll(
  EmailChanges.layer,
  EmailVerifications.layer,
  Factors.layer,
  PasskeySignIns.layer,
  SignInCompletion.layer,
  SignInLinks.layer,
  SignUps.layer
)
  .pipe(
    Layer.provideMerge([OwnAccount.layer, Recoveries.layer]),
    Layer.provideMerge([Challenges.layer, Accounts.layer, Elevations.layer, Sessions.layer]),
    Layer.provideMerge([PasswordAuthentication.layer, SecondFactors.layer]),
    Layer.provideMerge(Passkeys.layer),
    Layer.provide([Idempotency.layer, Notices.layer]),
    Layer.provide(GuessLimits.layer),
    Layer.provideMerge([AuditTrail.layer, SessionVerification.layer, SharedClock.layer]),
    Layer.provide(Stores.each)
  )

/** Every service, over the ports. Some need a directory or a retention. */
export const layer = Layer.mergeAll(
  AccountAdmission.layer,
  AccountDirectory.layer,
  ApiKeys.layer,
  AuditReview.layer,
  BulkRevocation.layer,
  ChallengeKeys.layer,
  Exports.layer,
  Housekeeping.layer,
  OwnRecords.layer,
  SealedSecrets.layer,
  Layer.mergeAll(ApiKeyAuthentication.layer, Layer.provide(Imports.layer, Notices.layer)).pipe(
    Layer.provide(GuessLimits.layer)
  )
).pipe(
  Layer.provideMerge(essentials),
  Layer.provide(Stores.each)
)

export type Services = Layer.Success<typeof layer>
