/** What files for operators are held against: the settings there are, and the schemas of those who read the files. */
import { Duration, Schema } from "effect"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { settingsSchema, settingsTable } from "../../bin/settings.ts"
import { fallbackText } from "../../src/platform/configuration/Setting.ts"
import type { Setting } from "../../src/platform/configuration/Setting.ts"

export const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
export const read = (path: string) => readFileSync(file(path), "utf8")

/** Without `npm ci --prefix test/deploy` there are no schemas, and their tests are skipped. */
export const schemasAreAbsent = !existsSync(file("test/deploy/node_modules"))

/** What the schemas have against documents. */
export const complaints = (documents: {
  readonly compose?: unknown
  readonly envoy?: unknown
  readonly manifests?: ReadonlyArray<unknown>
  readonly traefik?: unknown
}) => {
  const { stderr, stdout } = spawnSync(process.execPath, [file("test/deploy/complaints.mjs")], {
    input: JSON.stringify(documents),
    encoding: "utf8"
  })
  return stderr === "" ? Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Schema.String)))(stdout) : [stderr]
}

const machine = { dataDir: "/data", logFormat: "json" }

/** Every setting, by name. */
export const table: Readonly<Record<string, Setting>> = settingsTable(machine)

/** The settings of a server with these variables. Unknown ones and those that a setting refuses are errors. */
export const settingsWith = (variables: Readonly<Record<string, string>>) => {
  const unknown = Object.keys(variables).filter((name) => table[name] === undefined)
  if (unknown.length > 0) throw new Error(`no settings: ${unknown.join(", ")}`)
  const texts = new Map(Object.entries(variables))
  for (const [name, setting] of Object.entries(table)) {
    const text = texts.get(name) ?? fallbackText(setting, (other) => texts.get(other))
    if (text !== undefined) texts.set(name, text)
  }
  return Schema.decodeUnknownSync(settingsSchema(machine))(Object.fromEntries(texts))
}

/** How long a server may take to end: it drains, answers what it accepted, and then gives workers 5 seconds. */
export const secondsToEnd = (settings: ReturnType<typeof settingsWith>): number =>
  Duration.toSeconds(settings.IDENTITY_SHUTDOWN_DELAY) + Duration.toSeconds(settings.IDENTITY_SHUTDOWN_TIMEOUT) + 5
