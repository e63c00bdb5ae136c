import type { Row } from "../Description.ts"
import { of, perSecond, query } from "./queries.ts"

export const passkeys: Row = {
  title: "Passkeys",
  panels: [
    {
      title: "Ceremonies by outcome",
      text:
        "Passkeys asked for and answered a second, by what for. Many are started and never answered, because pages ask " +
        "before people decide.",
      unit: "per second",
      queries: [query(perSecond("kind, outcome", "identity_passkey_ceremonies_total"), "{{kind}}: {{outcome}}")]
    },
    {
      title: "Suspected copies in an hour",
      text: "Uses of passkeys whose authenticator counts fewer uses than before, by instance.",
      unit: "count",
      queries: [query(`increase(${of("identity:passkeys_suspected:total")}[1h])`, "{{instance}}")],
      alerts: ["IdentityPasskeySuspected"]
    }
  ]
}
