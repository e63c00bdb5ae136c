import { assert, describe, expect, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { settingsSchema, settingsTable } from "../../bin/settings.ts"
import { BODY_BYTES_MAX } from "../../src/adapters/http/exchange/BodyLimit.ts"
import { PIPELINED_MAX } from "../../src/adapters/http/listener/Http1Connection.ts"
import { REQUEST_DEADLINE } from "../../src/adapters/http/listener/HttpServer.ts"
import { HEADER_BYTES_MAX, KEEP_ALIVE_MS, WRITE_DEADLINE } from "../../src/adapters/http/listener/NodeListener.ts"
import { STREAMS_MAX } from "../../src/adapters/http/listener/SecureServer.ts"
import { fallbackText } from "../../src/platform/configuration/Setting.ts"
import type { Setting, SettingsTable } from "../../src/platform/configuration/Setting.ts"
import { databaseSection } from "./database-section.ts"

/** The defaults that depend on the machine, in words. */
const inWords = {
  dataDir: "`$XDG_DATA_HOME/identity`, else `~/.local/share/identity`; as root `/var/lib/identity`",
  logFormat: "`json`; `pretty` on a terminal"
}

const words: ReadonlyArray<string> = [inWords.dataDir, inWords.logFormat]

const table: SettingsTable = settingsTable(inWords)

const describeDefault = (setting: Setting): string => {
  const text = fallbackText(setting, (name) => {
    return table[name]?.fallback === undefined ? undefined : name.replace("IDENTITY_", "")
  })
  if (text === undefined) return "none"
  return words.includes(text) ? text : `\`${text}\``
}

const inKib = (bytes: number) => `${bytes / 1024} KiB`

const inSeconds = (duration: Duration.Duration) => `${Duration.toSeconds(duration)} seconds`

const document = `# Configuration

Settings come from these sources. The first one that has a setting wins:

1. flags of \`identity serve\`, and \`--data-dir\` of every command (\`--help\` lists them),
2. variables of the environment,
3. \`.env\` in the working directory,
4. files in the directory \`IDENTITY_SECRETS_DIR\`, each named after its setting (one line break at the end is ignored),
5. the default.

An empty variable counts as absent. All missing and invalid settings are reported together, and the exit code is 2.
\`identity config\` prints every value and where it comes from, with secrets redacted. Time spans are written
\`30 days\`, \`15 minutes\` or \`500 millis\`, or short \`7d\`, \`90m\`, \`2s\`, \`500ms\` or \`1h30m\`.

| Setting | Default | |
|---|---|---|
${
  Object.entries(table)
    .map(([name, setting]) => `| \`${name}\` | ${describeDefault(setting)} | ${setting.description} |`).join("\n")
}

These limits of the public listener are fixed:

- Headers have at most ${inKib(HEADER_BYTES_MAX)} and a body ${inKib(BODY_BYTES_MAX)}. They must arrive within ${
  inSeconds(REQUEST_DEADLINE)
}.
- A connection has at most ${STREAMS_MAX} running requests over HTTP/2, and ${PIPELINED_MAX} over HTTP/1.1, where further ones wait.
- A connection is closed after ${inSeconds(Duration.millis(KEEP_ALIVE_MS))} without a request.
- A connection is closed when its client reads nothing of a waiting answer for ${inSeconds(WRITE_DEADLINE)}.
- A client (an IPv4 address or an IPv6 /64) has at most a quarter of \`IDENTITY_CONNECTIONS_MAX\`, unless it is a trusted
  proxy.

At SIGTERM, \`/readyz\` is 503 at once. The server goes on accepting for \`IDENTITY_SHUTDOWN_DELAY\` and until nobody
connects any more. Then it closes the port, answers all accepted requests, and exits with 0. The log says at once what
this waits for and for how long at most, and at the end that the server has stopped.

At SIGHUP, and by itself every half minute, it reads the files of \`IDENTITY_TLS_CERT\` and \`IDENTITY_TLS_KEY\` again. New
connections get the new certificate. A pair that can't be used is logged, and the old one stays in use.

${databaseSection}`

describe("the table of settings", () => {
  it("is documented", () => expect(document).toMatchFileSnapshot("../../docs/configuration.md"))

  it("declares a fallback after the settings it builds on", () => {
    const names = Object.keys(table)
    for (const [index, setting] of Object.values(table).entries()) {
      fallbackText(setting, (name) => {
        assert.include(names.slice(0, index), name)
        return "text"
      })
    }
  })

  it("accepts its own defaults", () => {
    const machine = { dataDir: "/data", logFormat: "json" }
    const texts = new Map<string, string>()
    const defaults = Object.entries<Setting>(settingsTable(machine)).flatMap(([name, setting]) => {
      const text = fallbackText(setting, (other) => texts.get(other))
      if (text === undefined) return []
      texts.set(name, text)
      return [[name, text] as const]
    })
    const values = Schema.decodeUnknownSync(settingsSchema(machine))(Object.fromEntries(defaults))
    assert.strictEqual(values.IDENTITY_PUBLIC_URL, "http://127.0.0.1:8080")
  })
})
