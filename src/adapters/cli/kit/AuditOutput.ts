/** Prints the audit log and the result of its verification. */
import { Option } from "effect"
import type { AuditVerification } from "../../../domain/audit/AuditReview.ts"
import type { AuditBreak } from "../../../domain/audit/ChainVerification.ts"
import type { AccountId } from "../../../domain/model/Account.ts"
import { actorText, changedIn, methodsIn } from "../../../domain/model/Audit.ts"
import type { AuditEvent, StoredEntry } from "../../../domain/model/Audit.ts"
import type { Page } from "../../../domain/model/Page.ts"
import { auditEntryResource } from "../../../resources/AuditResource.ts"
import type { CheckpointFile } from "./AuditCheckpoint.ts"
import { plural } from "./Output.ts"
import type { CommandResult } from "./Output.ts"
import { table } from "./Table.ts"

/** `account` is the account that the entries were asked for. People know its id, so their table doesn't repeat it. */
export const describeEntries = (
  { items, next }: Page<StoredEntry>,
  account: Option.Option<AccountId>
): CommandResult => ({
  json: { entries: items.map(auditEntryResource), next: Option.getOrNull(next) },
  text: entryTable(
    items,
    Option.isNone(account)
      ? ["DETAILS", "ACTOR", "ACCOUNT", "SESSION", "ADDRESS"]
      : ["DETAILS", "ACTOR", "SESSION", "ADDRESS"]
  ),
  quiet: items.map(({ id }) => id).join("\n")
})

const entryTable = (
  entries: ReadonlyArray<StoredEntry>,
  columns: ReadonlyArray<"DETAILS" | "ACTOR" | "ACCOUNT" | "SESSION" | "ADDRESS">
) =>
  table(
    ["OCCURRED", "ACTION", ...columns],
    entries.map(({ event, id }) => {
      if (event === undefined) return [`unreadable: ${id}`, "-", ...columns.map(() => "-")]
      const cells = {
        DETAILS: [...changedIn(event), ...methodsIn(event)].join(",") || "-",
        ACTOR: actorOf(event),
        ACCOUNT: event.accountId ?? "-",
        SESSION: event.sessionId ?? "-",
        ADDRESS: event.clientAddress ?? "-"
      }
      return [event.occurredAt, event.action, ...columns.map((column) => cells[column])]
    }),
    {
      whole: ["OCCURRED", "ACTION"],
      prior: ["ACTOR", "ADDRESS"],
      ids: ["ACCOUNT", "SESSION"],
      spare: ["DETAILS", "SESSION", "ACCOUNT", "ADDRESS", "ACTOR"]
    }
  )

/** Most of what happens to an account, its holder does. */
const actorOf = ({ accountId, actor }: AuditEvent): string =>
  actor.type === "account" && actor.id === accountId ? "account" : actorText(actor)

/** The checkpoint files that a verification read and wrote. */
export interface CheckpointFiles {
  readonly since: Option.Option<CheckpointFile>
  readonly written: Option.Option<CheckpointFile>
}

export const describeVerification = (
  { breaks, chains, entries, forgotten }: AuditVerification,
  { since, written }: CheckpointFiles
): CommandResult => {
  const rows = breaks.map(({ chain, entryId, problem, sequence }) => [
    chain,
    String(sequence),
    entryId === undefined ? problem : `${problem} ${entryId}`
  ])
  return {
    json: {
      chains,
      entries,
      forgotten,
      breaks: breaks.map(breakResource),
      ...Option.match(since, { onNone: () => ({}), onSome: (file) => ({ since_checkpoint: file }) }),
      ...Option.match(written, { onNone: () => ({}), onSome: (file) => ({ checkpoint: file }) })
    },
    text: rows.length === 0
      ? [
        `${describeVerified(entries)} in ${plural(chains, "chain")}: none was altered, removed or moved.`,
        ...(forgotten === 0 ? [] : [`${forgotten} older ones were removed by the retention.`]),
        ...Option.match(since, {
          onNone: () => [],
          onSome: (
            { file, sha256 }
          ) => [`Every entry in ${file} is still there. The SHA-256 of that checkpoint is ${sha256}.`]
        }),
        ...Option.match(written, {
          onNone: () => [],
          onSome: ({ file, sha256 }) => [`Wrote the checkpoint ${file}. Its SHA-256 is ${sha256}.`]
        })
      ].join("\n")
      : table(["CHAIN", "SEQUENCE", "PROBLEM"], rows, { whole: ["CHAIN", "PROBLEM"], spare: [] }),
    quiet: Option.match(written, {
      onNone: () => rows.map((row) => row.join(" ")).join("\n"),
      onSome: ({ sha256 }) => sha256
    })
  }
}

const breakResource = ({ chain, entryId, problem, sequence }: AuditBreak) => ({
  chain,
  sequence,
  problem,
  ...(entryId === undefined ? {} : { entry_id: entryId })
})

export const describeVerified = (entries: number): string =>
  `Verified ${entries} ${entries === 1 ? "entry" : "entries"}`
