/** Brings the secrets of other systems' authenticator applications into the form that an import takes. */
import { Option, Schema } from "effect"
import { DisplayName } from "../../../domain/model/Account.ts"
import { base32, fromBase32 } from "../../../kernel/Base32.ts"
import { isSeed } from "../../../resources/ImportedFactors.ts"
import { instantOf, recordOf, textOf } from "./Fields.ts"
import type { SourceRecord } from "./Records.ts"

/** A member of `factors` in a row. */
export interface ConvertedFactor {
  readonly type: "totp"
  readonly secret: string
  readonly name: string | undefined
  readonly created_at: string | undefined
}

interface Totp {
  readonly seed: Uint8Array | undefined
  readonly algorithm: string | undefined
  readonly digits: string | undefined
  readonly period: string | undefined
  readonly name?: string | undefined
  readonly createdAt: string | undefined
}

/** Undefined if an import would refuse the name. */
const nameIn = (text: string | undefined) => Option.getOrUndefined(Schema.decodeUnknownOption(DisplayName)(text))

/** Undefined if the application shows other codes than are asked for here. */
const factorOf = ({ algorithm = "", createdAt, digits, name, period, seed }: Totp): ConvertedFactor | undefined =>
  seed !== undefined && isSeed(seed) && /^(?:Hmac)?SHA1$/i.test(algorithm) && digits === "6" && period === "30"
    ? { type: "totp", secret: base32(seed), name: nameIn(name), created_at: createdAt }
    : undefined

/** The bytes of Keycloak's secret are those of its text, unless it says that they are in base32. */
export const keycloakTotp = (credential: SourceRecord): ConvertedFactor | undefined => {
  const secret = recordOf(credential, "secretData") ?? credential
  const parameters = recordOf(credential, "credentialData") ?? credential
  const value = textOf(secret, "value", "hashedSaltedValue") ?? ""
  if ((textOf(parameters, "subType") ?? textOf(credential, "type")) !== "totp") return undefined
  return factorOf({
    seed: textOf(parameters, "secretEncoding") === "BASE32" ? fromBase32(value) : Buffer.from(value),
    algorithm: textOf(parameters, "algorithm"),
    digits: textOf(parameters, "digits"),
    period: textOf(parameters, "period"),
    name: textOf(credential, "userLabel", "device"),
    createdAt: instantOf(credential, "createdDate")
  })
}

/** Kratos keeps what applications scan. What the address leaves out is as applications assume it. */
export const kratosTotp = (credential: SourceRecord): ConvertedFactor | undefined => {
  const url = URL.parse(textOf(recordOf(credential, "config") ?? {}, "totp_url") ?? "")
  if (url?.protocol !== "otpauth:" || url.host !== "totp") return undefined
  const parameter = (name: string) => url.searchParams.get(name) ?? undefined
  return factorOf({
    seed: fromBase32(parameter("secret") ?? ""),
    algorithm: parameter("algorithm") ?? "SHA1",
    digits: parameter("digits") ?? "6",
    period: parameter("period") ?? "30",
    createdAt: instantOf(credential, "created_at")
  })
}
