import type { Alert } from "../Description.ts"
import { apiKeyAlerts } from "./api-keys.ts"
import { databaseAlerts } from "./database.ts"
import { factorAlerts } from "./factors.ts"
import { mailAlerts } from "./mails.ts"
import { passkeyAlerts } from "./passkeys.ts"
import { processAlerts } from "./processes.ts"
import { requestAlerts } from "./requests.ts"
import { signInAlerts } from "./sign-ins.ts"
import { upkeepAlerts } from "./upkeep.ts"

/** All alerts. */
export const alerts: ReadonlyArray<Alert> = [
  ...requestAlerts,
  ...signInAlerts,
  ...factorAlerts,
  ...databaseAlerts,
  ...mailAlerts,
  ...apiKeyAlerts,
  ...passkeyAlerts,
  ...processAlerts,
  ...upkeepAlerts
]
