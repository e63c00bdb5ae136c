import { createHash } from "node:crypto"
import { subjectOf } from "../../../domain/model/Challenge.ts"
import type { Challenge } from "../../../domain/model/Challenge.ts"
import { selectedColumns } from "../columns.ts"
import { challengeTable } from "../tables.ts"

/** Subjects contain addresses, so only digests are compared and indexed. */
export const digestOf = (subject: string): string => createHash("sha256").update(subject, "utf8").digest("base64url")

export const subjectDigest = (challenge: Challenge): string => digestOf(subjectOf(challenge))

/** The columns that `challengeTable` reads, selected from `challenges c`. */
export const challengeColumns = selectedColumns(challengeTable, "c")
