/** The system's Chromium or Chrome, if there is one. */
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { chromium } from "playwright-core"
import type { Page } from "playwright-core"

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
const ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

const executable = [
  ...(process.env["PATH"] ?? "").split(delimiter).flatMap((directory) => NAMES.map((name) => join(directory, name))),
  ON_MACOS
].find((path) => existsSync(path))

/** Skips tests that need a browser when there is none. */
export const noBrowser = executable === undefined

/** Started once, until the scope closes. Its sandbox needs a user that is not root. */
export const browser = Effect.acquireRelease(
  Effect.promise(() =>
    chromium.launch({ executablePath: executable ?? "", chromiumSandbox: process.getuid?.() !== 0 })
  ),
  (started) => Effect.promise(() => started.close())
)

const authenticator = {
  protocol: "ctap2",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true
} as const

/** Lets the pages of a tab make and use passkeys. Whatever they ask their user is answered with yes. */
export const virtualAuthenticator = (page: Page) =>
  Effect.promise(async () => {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send("WebAuthn.enable")
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options: authenticator })
    return { authenticatorId, devtools }
  })
