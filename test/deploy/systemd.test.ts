/** The units of deploy/systemd, held against the settings and judged by systemd itself where it is installed. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { spawnSync } from "node:child_process"
import { readdirSync, writeFileSync } from "node:fs"
import { judgeOpenFiles } from "../../src/adapters/http/listener/ConnectionLimit.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { read, secondsToEnd, settingsWith, table } from "./Deployed.ts"

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0

const names = ["identity.service", "identity-migrate.service"]

/** The values of a directive, in their order. */
const values = (unit: string, directive: string): ReadonlyArray<string> =>
  [...read(`deploy/systemd/${unit}`).matchAll(new RegExp(`^${directive}=(.*)$`, "gm"))].map(([, value]) => value ?? "")

const environment = Object.fromEntries(
  [...read("deploy/systemd/environment").matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name ?? "", value ?? ""])
)

const settings = settingsWith(environment)

/** Copies of the units that start the Node there is here. */
const copies = Effect.gen(function*() {
  const directory = yield* temporaryDirectory("identity-systemd-")
  return names.map((name) => {
    const path = `${directory}/${name}`
    writeFileSync(path, read(`deploy/systemd/${name}`).replace("/usr/bin/node", process.execPath))
    return path
  })
})

describe("deploy/systemd", () => {
  it("hands secrets over as credentials, and nothing of them by the environment", () => {
    for (const unit of names) {
      assert.deepStrictEqual(values(unit, "Environment"), ["IDENTITY_SECRETS_DIR=%d"])
      const credentials = values(unit, "LoadCredential").map((text) => text.split(":")[0] ?? "")
      assert.deepStrictEqual(credentials, [
        "IDENTITY_DATABASE_URL",
        "IDENTITY_SIGNING_KEYS",
        "IDENTITY_ENCRYPTION_KEYS"
      ])
      for (const name of credentials) assert.isDefined(table[name]?.secret)
    }
    for (const name of Object.keys(environment)) assert.isUndefined(table[name]?.secret)
    // It would go before that of the unit.
    assert.notProperty(environment, "IDENTITY_SECRETS_DIR")
  })

  it("gets every secret that guides write into a file, by a line of its own or of a drop-in in a guide", () => {
    const guides = readdirSync(new URL("../../docs/guides/", import.meta.url)).map((name) =>
      read(`docs/guides/${name}`)
    )
    const text = guides.join("\n")
    const namesIn = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name ?? "")
    const dropIns = namesIn(/^ *LoadCredential=(\w+):\/etc\/identity\/secrets\/\1$/gm)
    const lines = values("identity.service", "LoadCredential").map((line) => line.split(":")[0] ?? "")
    const secrets = Object.keys(table).filter((name) => table[name]?.secret === true)
    // Some guides go to the directory first.
    const written = namesIn(/> (?:\/etc\/identity\/secrets\/)?(IDENTITY_\w+)\b(?!\.)/g)
    assert.isNotEmpty(written)
    assert.includeMembers(lines, written)
    assert.includeMembers(secrets, dropIns)
    assert.includeMembers([...lines, ...dropIns], secrets.filter((name) => text.includes(name)))
  })

  it("[ASVS 13.2.2] has the owner of the database migrate, and the server connect as another", () => {
    const urlOf = (unit: string) =>
      values(unit, "LoadCredential").find((text) => text.startsWith("IDENTITY_DATABASE_URL:"))
    assert.match(urlOf("identity.service") ?? "", /:\/etc\/identity\/secrets\//)
    assert.match(urlOf("identity-migrate.service") ?? "", /:\/etc\/identity\/owner\//)
  })

  it("gives the server more time to end than it takes, and more files than it opens", () => {
    assert.isAbove(Number(values("identity.service", "TimeoutStopSec")[0]), secondsToEnd(settings))
    const { outcome } = judgeOpenFiles(Option.some(Number(values("identity.service", "LimitNOFILE")[0])), {
      connectionsMax: settings.IDENTITY_CONNECTIONS_MAX,
      databaseConnectionsMax: settings.IDENTITY_DATABASE_POOL_MAX
    })
    assert.strictEqual(outcome, "ok")
  })

  it("starts the server as the image does", () => {
    const [, entrypoint] = /^ENTRYPOINT (\[.*\])$/m.exec(read("Dockerfile")) ?? []
    const flags = [...(entrypoint ?? "").matchAll(/--[^"]+/g)].map(([flag]) => flag)
    assert.isNotEmpty(flags)
    assert.include(values("identity.service", "ExecStart")[0], `node ${flags.join(" ")} /`)
  })

  it("takes the same away from migrations as from the server", () => {
    const [server, migrate] = names.map((name) =>
      /^NoNewPrivileges[^]*?^UMask=.*$/m.exec(read(`deploy/systemd/${name}`))?.[0]
    )
    assert.isDefined(server)
    assert.strictEqual(migrate, server)
  })

  it.effect.skipIf(!hasSystemd)("consists of units that systemd understands", () =>
    Effect.gen(function*() {
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", ...yield* copies], { encoding: "utf8" })
      // It also has something to say about units of the machine.
      assert.deepStrictEqual([status, stderr.split("\n").filter((line) => line.includes("identity"))], [0, []])
    }).pipe(Effect.scoped))

  it.effect.skipIf(!hasSystemd)(
    "leaves the services little to harm by, as systemd scores it",
    () =>
      Effect.gen(function*() {
        for (const path of yield* copies) {
          // A threshold is in tenths.
          const args = ["security", "--offline=true", "--threshold=25", "--no-pager", path]
          const { status, stderr, stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" })
          assert.strictEqual(status, 0, stdout + stderr)
        }
      }).pipe(Effect.scoped)
  )
})
