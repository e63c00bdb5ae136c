/** The settings of passkeys, and the rules between them. */
import { Schema } from "effect"
import type { RawValues } from "../../platform/configuration/Configuration.ts"
import type { SettingsTable, TextOf } from "../../platform/configuration/Setting.ts"
import { listed, Parsed } from "../../platform/configuration/Syntax.ts"
import { problemIf } from "../../platform/process/CommandFailed.ts"
import type { SettingProblem } from "../../platform/process/CommandFailed.ts"

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

/** Its last label is no number, so it is no IP address. Browsers have no passkeys for those. */
const domain = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)*(?![0-9]+$)${label}$`)

/** Browsers have passkeys on pages that nobody can have altered on their way, and Android in applications. */
const isOrigin = (text: string): boolean => {
  const url = URL.parse(text)
  return /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/.test(text) ||
    (url !== null && url.origin === text && domain.test(url.hostname) &&
      (url.protocol === "https:" || (url.protocol === "http:" && isWithin(text, "localhost"))))
}

/** Whether an origin is a site of the domain. */
const isWithin = (origin: string, rpId: string): boolean => `.${URL.parse(origin)?.hostname}`.endsWith(`.${rpId}`)

/** The origins of applications and of this server, as far as they can have passkeys. */
const usualOrigins = (textOf: TextOf): ReadonlyArray<string> => {
  const own = (URL.parse(textOf("IDENTITY_PUBLIC_URL") ?? "")?.origin ?? "")
    .replace(/^http:\/\/(?:127\.0\.0\.1|\[::1\])(?=:|$)/, "http://localhost")
  return [...listed(textOf("IDENTITY_ALLOWED_ORIGINS") ?? ""), own].filter(isOrigin)
}

const RP_ID = "IDENTITY_PASSKEY_RP_ID"
const ORIGINS = "IDENTITY_PASSKEY_ORIGINS"

export const passkeySettings = {
  [RP_ID]: {
    schema: Parsed(
      Schema.String,
      (text) => domain.test(text) ? text : undefined,
      "must be a domain such as example.com, in lower case, without scheme and port"
    ),
    fallback: (textOf) => URL.parse(usualOrigins(textOf)[0] ?? "")?.hostname ?? "localhost",
    description:
      "Domain that passkeys belong to, for ever: that of the first allowed origin, or else of the public URL. Name " +
      "what all your sites have in common before somebody has a passkey."
  },
  [ORIGINS]: {
    schema: Schema.optionalKey(Parsed(
      Schema.Array(Schema.String),
      (text) => listed(text).every(isOrigin) ? listed(text) : undefined,
      "must be a list of origins such as https://app.example.com, with http for localhost alone, or of Android " +
        "applications, such as android:apk-key-hash:…"
    )),
    fallback: (textOf) => {
      const within = usualOrigins(textOf).filter((origin) => isWithin(origin, textOf(RP_ID) ?? ""))
      return within.length === 0 ? undefined : [...new Set(within)].join(",")
    },
    whenAbsent: () => "<none: nobody can have a passkey>",
    description:
      "Comma-separated origins of the pages that use passkeys: the allowed ones and that of the public URL, as far " +
      "as they are sites of the domain. Those of other domains have to be named."
  }
} satisfies SettingsTable

export const checkPasskeySettings = ({ isGiven, textOf }: RawValues): ReadonlyArray<SettingProblem> => {
  const rpId = textOf(RP_ID) ?? ""
  const isNowhere = isGiven(ORIGINS) && !listed(textOf(ORIGINS) ?? "").some((origin) => isWithin(origin, rpId))
  return problemIf(isNowhere, ORIGINS, `must name a site of ${rpId}, which IDENTITY_PASSKEY_RP_ID says`)
}

/** The origins that browsers have to ask the domain for; none if all are its own sites. */
export const relatedOrigins = (rpId: string, origins: ReadonlyArray<string>): ReadonlyArray<string> => {
  const sites = origins.filter((origin) => origin.startsWith("http"))
  return sites.every((origin) => isWithin(origin, rpId)) ? [] : sites
}
