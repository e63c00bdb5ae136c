import { Effect } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Account, PendingEmails } from "../../../domain/model/Account.ts"
import { accountResource } from "../../../resources/AccountResource.ts"
import { PreconditionRequired, VersionConflict } from "../api/Problems.ts"
import { refuse } from "../exchange/Refusals.ts"

/** A version that no account has. A change that expects it conflicts. */
const NO_VERSION = 0

/**
 * The version that an `If-Match` header expects (RFC 9110 §13.1.1). `*` matches any version, a list of tags matches any
 * of them, and a weak tag never matches. A request without the header is refused, because it could overwrite somebody
 * else's change. A header that names no version matches nothing either. Its refusal says what to send, because no
 * change was the cause.
 */
export const expectedVersion = (
  header: string | undefined,
  current: number
): Effect.Effect<number | "any", PreconditionRequired | VersionConflict> => {
  if (header === undefined) return refuse(PreconditionRequired)
  const tags = header.split(",").map((tag) => tag.trim())
  if (tags.includes("*")) return Effect.succeed("any")
  if (!tags.some((tag) => version.test(tag))) return refuse(VersionConflict, NO_SUCH_TAG)
  return Effect.succeed(tags.includes(`"${current}"`) ? current : NO_VERSION)
}

/** The account, with its version as `ETag`. */
export const versioned = (account: Account, pending: PendingEmails) =>
  HttpApiSchema.withHeaders({ body: accountResource(account, pending), headers: { etag: `"${account.version}"` } })

const version = /^"[1-9]\d*"$/

const NO_SUCH_TAG =
  "`If-Match` names no version, so nothing was done. Send the `ETag` of what you read as it is, such as " +
  "`\"7\"`: in quotation marks and without `W/`."
