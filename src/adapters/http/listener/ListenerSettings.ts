/** The settings of the two listeners. */
import { Schema } from "effect"
import type { SettingsTable } from "../../../platform/configuration/Setting.ts"
import * as Syntax from "../../../platform/configuration/Syntax.ts"
import { TrustedProxies } from "../exchange/ClientAddress.ts"

export const listenerSettings = {
  IDENTITY_HOST: { schema: Syntax.Host, fallback: "127.0.0.1", description: "Address of the public listener." },
  IDENTITY_PORT: { schema: Syntax.Port, fallback: "8080", description: "Port of the public listener." },
  IDENTITY_MANAGEMENT_HOST: {
    schema: Syntax.Host,
    fallback: "127.0.0.1",
    description: "Address of the listener for health checks, metrics, documentation and the admin API."
  },
  IDENTITY_MANAGEMENT_PORT: { schema: Syntax.Port, fallback: "9090", description: "Port of that listener." },
  IDENTITY_ADMIN_API: {
    schema: Syntax.OneOf(["management", "public", "off"]),
    fallback: "management",
    description:
      "Which listener has the admin API, for programs with API keys: `management`, `public`, or none (`off`)."
  },
  IDENTITY_TLS_CERT: {
    schema: Schema.optionalKey(Syntax.Text),
    description: "File with the certificate chain in PEM. With it and the key, the public listener speaks HTTPS."
  },
  IDENTITY_TLS_KEY: {
    schema: Schema.optionalKey(Syntax.Text),
    description: "File with the certificate's private key in PEM."
  },
  IDENTITY_PUBLIC_URL: {
    schema: Syntax.BaseUrl,
    fallback: (textOf) => {
      const host = textOf("IDENTITY_HOST") ?? ""
      const scheme = textOf("IDENTITY_TLS_CERT") === undefined ? "http" : "https"
      return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${textOf("IDENTITY_PORT") ?? ""}`
    },
    description: "Base of every link and problem type. It is never derived from a request."
  },
  IDENTITY_PUBLIC_DOCS: {
    schema: Syntax.Switch,
    fallback: "true",
    description: "Whether `/docs` and `/openapi.json` are on the public listener too."
  },
  IDENTITY_ALLOWED_ORIGINS: {
    schema: Schema.optionalKey(Syntax.Origins),
    description:
      "Comma-separated origins whose pages may use sessions in cookies, or of app shells, such as `capacitor://localhost`."
  },
  IDENTITY_TRUSTED_PROXIES: {
    schema: Schema.optionalKey(TrustedProxies),
    description: "CIDRs, comma separated, of the proxies and gateways whose word about clients is believed."
  },
  IDENTITY_SIGN_IN_URL: { schema: Schema.optionalKey(Syntax.PageUrl), description: "Page to which gateways redirect." }
} satisfies SettingsTable
