import type { AccountStatus } from "../../domain/model/Account.ts"
import type { AccountPrecondition } from "../../ports/AccountStore.ts"
import type { Placeholders } from "./statement.ts"

/** The required status; undefined if any will do. */
const requiredStatus = (precondition: AccountPrecondition): AccountStatus | undefined => {
  switch (precondition._tag) {
    case "Exists":
    case "Version":
      return undefined
    case "Status":
      return precondition.status
    case "Confirmed":
    case "Sessions":
    case "Credentials":
    case "Unproven":
      return "active"
  }
}

const isUnproven = ({ _tag }: AccountPrecondition) => _tag === "Unproven"

/** The column `holds`, which says whether an account's row meets the precondition. */
export const holds = ($: Placeholders<AccountPrecondition>): string => {
  const version = $((wanted) => "version" in wanted ? wanted.version : undefined)
  const passwordHash = $((wanted) => "passwordHash" in wanted ? wanted.passwordHash : undefined)
  const credentials = $((wanted) => "credentialEpoch" in wanted ? wanted.credentialEpoch : undefined)
  const sessions = $((wanted) => "sessionEpoch" in wanted ? wanted.sessionEpoch : undefined)
  return `version = coalesce(${version}, version) AND status = coalesce(${$(requiredStatus)}, status)
      AND password_hash = coalesce(${passwordHash}, password_hash)
      AND credential_epoch = coalesce(${credentials}, credential_epoch)
      AND session_epoch = coalesce(${sessions}, session_epoch)
      AND NOT (${$(isUnproven)}::boolean AND (email_proven OR email_verified)) AS holds`
}
