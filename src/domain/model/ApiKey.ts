import { DateTime, Schema } from "effect"
import type { Redacted } from "effect"
import { IpNetwork } from "effect/net"
import { isWithin, parseAddress, parseNetwork } from "./IpAddress.ts"
import { recordId } from "./RecordId.ts"
import { codePointLength, WellFormedText } from "./UnicodeText.ts"
import { visibilityProblem } from "./VisibleText.ts"

/** `key_` and a UUIDv7 in 25 base36 digits, so that ids sort by creation. It is no secret. */
export const ApiKeyId = recordId("key", "the id of an API key").pipe(Schema.brand("ApiKeyId"))
export type ApiKeyId = typeof ApiKeyId.Type

/** What a key lets its holder do. Each route of the admin API needs one of these. */
export const ApiKeyScope = Schema.Literals([
  "accounts:read",
  "accounts:write",
  "sessions:read",
  "sessions:revoke",
  "audit:read",
  /** As good as every account: an import sets passwords and second factors of those that exist, too. */
  "imports:write",
  /** Password hashes and the secrets of factors, in exports. */
  "credentials:read",
  "keys:write"
])
export type ApiKeyScope = typeof ApiKeyScope.Type

const NAME_LENGTH_MAX = 100

/** What a key is for, in the words of its maker: 1 to 100 visible characters. */
export const ApiKeyName = WellFormedText.check(
  Schema.makeFilter((text: string) =>
    text.trim() !== text || codePointLength(text) > NAME_LENGTH_MAX || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)
      ? `must be 1 to ${NAME_LENGTH_MAX} characters, without line breaks or blanks around it`
      : visibilityProblem(text)
  )
)

/**
 * A key by which a program acts, without its secrets: `digest` is that of the secret it was last given. The one before
 * is good until `previousUntil`.
 *
 * `expiresAt` is the first instant at which no secret of it is good. Without `allowedNetworks` it is good everywhere.
 */
export class ApiKey extends Schema.Class<ApiKey>("identityd/domain/model/ApiKey")({
  id: ApiKeyId,
  name: Schema.String,
  scopes: Schema.Array(ApiKeyScope),
  allowedNetworks: Schema.Array(Schema.String),
  digest: Schema.String,
  previousDigest: Schema.UndefinedOr(Schema.String),
  previousUntil: Schema.UndefinedOr(Schema.DateTimeUtc),
  createdAt: Schema.DateTimeUtc,
  /** When its present secret was made. */
  issuedAt: Schema.DateTimeUtc,
  expiresAt: Schema.DateTimeUtc,
  lastUsedAt: Schema.UndefinedOr(Schema.DateTimeUtc)
}) {}

/** The digests of the secrets that are good at an instant. */
export const digestsAt = (
  { digest, expiresAt, previousDigest, previousUntil }: ApiKey,
  now: DateTime.Utc
): ReadonlyArray<string> => {
  if (!DateTime.isLessThan(now, expiresAt)) return []
  const isKept = previousUntil !== undefined && DateTime.isLessThan(now, previousUntil)
  return previousDigest !== undefined && isKept ? [digest, previousDigest] : [digest]
}

/** Whether a key may be used from an address. A limited key can't be used from an unknown one. */
export const admits = ({ allowedNetworks }: ApiKey, address: string | undefined): boolean => {
  if (allowedNetworks.length === 0) return true
  const client = parseAddress(address ?? "")
  return client._tag === "Some" && isWithin(networksOf(allowedNetworks), client.value)
}

/** Whether every address of `networks` is one of `around`. An empty list stands for all addresses. */
export const areWithin = (networks: ReadonlyArray<string>, around: ReadonlyArray<string>): boolean =>
  around.length === 0 ||
  (networks.length > 0 &&
    networksOf(networks).every((network) =>
      networksOf(around).some((outer) =>
        outer.prefixLength <= network.prefixLength && IpNetwork.contains(outer, network.address)
      )
    ))

const networksOf = (texts: ReadonlyArray<string>): ReadonlyArray<IpNetwork.IpNetwork> =>
  texts.flatMap((text) => {
    const network = parseNetwork(text)
    return network._tag === "Some" ? [network.value] : []
  })

/** A key as its holder presents it: `idk_`, the 25 digits of its id, `_` and 256 random bits in base64url. */
export type ApiKeySecret = Redacted.Redacted<string>

const written = /^idk_([0-9a-z]{25})_[\w-]{43}$/

/** The text of a key with this id and these random bits. */
export const apiKeyText = (id: ApiKeyId, bits: string): string => `idk_${id.slice("key_".length)}_${bits}`

/** The id of the key that a text is written as; undefined if it is written as none. */
export const apiKeyIdIn = (text: string): ApiKeyId | undefined => {
  const digits = written.exec(text)?.[1]
  return digits === undefined ? undefined : ApiKeyId.make(`key_${digits}`)
}

/** A key with its secret, which is never shown again. */
export interface IssuedApiKey {
  readonly apiKey: ApiKey
  readonly secret: ApiKeySecret
}
