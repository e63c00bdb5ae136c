/** `examples/behind-nginx` as its script starts it, and a tab of a real browser that shows it. */
import { Context, Effect, Layer } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"
import { freePorts } from "../e2e/IdentityProcess.ts"
import { browser, noBrowser } from "../support/Browser.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { ADA } from "../support/TestIdentity.ts"

const folder = fileURLToPath(new URL("../../examples/behind-nginx/", import.meta.url))
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` }

export const absent = spawnSync("nginx", ["-v"], { env }).error !== undefined
  ? "nginx"
  : noBrowser
  ? "a browser"
  : existsSync(`${folder}notebook/node_modules`)
  ? undefined
  : "the notebook's packages"

const OTHER_DATABASE = { IDENTITY_DATABASE_URL: "postgres://somebody@127.0.0.1:1/else" }

/** A directory with the settings of a server that the examples must leave alone. */
const developersOwn = Effect.tap(
  temporaryDirectory("identity-developer-"),
  (directory) =>
    Effect.sync(() =>
      writeFileSync(
        `${directory}/.env`,
        Object.entries(OTHER_DATABASE).map(([name, value]) => `${name}=${value}\n`).join("")
      )
    )
)

const scriptWith = Effect.fnUntraced(function*(
  settings: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
) {
  const directory = yield* temporaryDirectory("identity-examples-")
  const cwd = yield* developersOwn
  let output = ""
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [`${folder}run.ts`, ...words], {
        cwd,
        env: { ...env, ...OTHER_DATABASE, ...settings, TMPDIR: directory }
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGTERM"))
  )
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => output += String(text))
  const closed = once(child, "close")
  const ended = Effect.promise(async () => {
    const [exitCode]: ReadonlyArray<unknown> = await closed
    return { exitCode, output }
  })
  return { child, directory, ended, output: () => output }
})

export const script = (...words: ReadonlyArray<string>) => scriptWith({}, ...words)

/** The examples while they run, and a tab that shows them. */
export class Tab extends Context.Service<Tab, {
  readonly page: Page
  readonly url: string
  /** What the pages complained of. */
  readonly complaints: ReadonlyArray<string>
  /** Ends everything, as Ctrl-C does it. Returns the exit code, and what is left of its files. */
  readonly end: Effect.Effect<readonly [exitCode: unknown, files: ReadonlyArray<string>]>
}>()("identityd/test/examples/Tab") {
  static readonly layer = (settings: Readonly<Record<string, string>>) =>
    Layer.effect(
      Tab,
      Effect.gen(function*() {
        const [port] = yield* freePorts
        const { child, directory, ended, output } = yield* scriptWith(
          settings,
          "--port",
          String(port),
          "--minutes",
          "5"
        )
        yield* Effect.promise(async () => {
          while (!output().includes("Open http") && child.exitCode === null) await once(child.stdout, "data")
        }).pipe(Effect.timeoutOrElse({ duration: "100 seconds", orElse: () => Effect.die(`no start: ${output()}`) }))
        const page = yield* Effect.flatMap(browser, (started) => Effect.promise(() => started.newPage()))
        page.setDefaultTimeout(10_000)
        const complaints: Array<string> = []
        page.on("pageerror", ({ message }) => complaints.push(message))
        const end = Effect.suspend(() => {
          child.kill("SIGINT")
          return Effect.map(ended, ({ exitCode }) => [exitCode, readdirSync(directory)] as const)
        })
        return Tab.of({ page, url: `http://localhost:${port}`, complaints, end })
      })
    )
}

export const fill = async (page: Page, form: string, fields: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(fields)) await page.fill(`${form} [name=${name}]`, value)
  await page.click(`${form} button`)
}

export const credentials = { email: ADA.email, password: ADA.password }

/** What the person has, as the page about it lists it. */
export const factorsOf = (page: Page, count: number) =>
  Effect.promise(async () => {
    await page.locator("#factors li").nth(count - 1).waitFor()
    return await page.locator("#factors span").allTextContents()
  })
