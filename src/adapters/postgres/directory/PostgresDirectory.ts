import { Directory } from "../../../ports/Directory.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { listAccounts } from "./AccountLists.ts"
import { listApiKeys } from "./ApiKeyLists.ts"
import { listChains, listEntries } from "./AuditLists.ts"
import { findChallengeKeys } from "./ChallengeKeys.ts"
import { estimate } from "./Estimates.ts"
import { listMails, measureBacklog } from "./MailLists.ts"
import { findOtherRelyingParty } from "./RelyingParties.ts"
import { findSealingKeys, listSealed } from "./SealedFactors.ts"
import { findSessions } from "./SessionSearch.ts"

export const make = ({ read }: PostgresClient["Service"]): Directory["Service"] =>
  Directory.of({
    listAccounts: (query) => read("Directory.listAccounts", (connection) => listAccounts(connection, query)),
    findSessions: (search) => read("Directory.findSessions", (connection) => findSessions(connection, search)),
    listEntries: (query) => read("Directory.listEntries", (connection) => listEntries(connection, query)),
    listChains: (query) => read("Directory.listChains", listChains(query)),
    listMails: (query) => read("Directory.listMails", (connection) => listMails(connection, query)),
    listApiKeys: (query) => read("Directory.listApiKeys", (connection) => listApiKeys(connection, query)),
    challengeKeys: (now) => read("Directory.challengeKeys", findChallengeKeys(now)),
    otherRelyingParty: (rpId) => read("Directory.otherRelyingParty", findOtherRelyingParty(rpId)),
    sealingKeys: read("Directory.sealingKeys", findSealingKeys),
    listSealed: (query) => read("Directory.listSealed", listSealed(query)),
    mailBacklog: (now) => read("Directory.mailBacklog", measureBacklog(now)),
    estimate: read("Directory.estimate", estimate)
  })
