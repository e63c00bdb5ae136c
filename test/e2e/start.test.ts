/** Which modules a process loads at its start. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Executable, identity, SOURCES } from "./IdentityProcess.ts"
import type { Variables } from "./IdentityProcess.ts"

const loadedBy = Effect.fnUntraced(function*(args: ReadonlyArray<string>, variables: Variables) {
  const hook = new URL("loaded-modules.ts", import.meta.url).href
  const { stderr } = yield* identity(args, { ...variables, NODE_OPTIONS: `--import=${hook}` }).pipe(
    Effect.provideService(Executable, SOURCES)
  )
  const urls = stderr.split("\n")
  const matches = (form: RegExp) => [...new Set(urls.flatMap((url) => form.exec(url)?.[1] ?? []))].toSorted()
  return {
    adapters: matches(/\/src\/adapters\/([a-z]+)\//),
    rooms: matches(/\/src\/platform\/([a-z]+)\//),
    bin: matches(/\/bin\/([a-z-]+)\.[jt]s$/),
    platform: matches(/^node:([a-z0-9]+)$/),
    packages: matches(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//)
  }
})

describe("a process loads what it needs:", () => {
  it.live("help comes without settings, adapters of services and a server", () =>
    Effect.gen(function*() {
      const { adapters, bin, rooms } = yield* loadedBy(["--help"], {})
      assert.deepStrictEqual(adapters, ["cli"])
      assert.deepStrictEqual(rooms, ["observability", "process"])
      assert.deepStrictEqual(bin, ["identity"])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("a command comes without the server, and without what sends mails", () =>
    Effect.gen(function*() {
      const { adapters, bin, packages, platform } = yield* loadedBy(["list-accounts"], {
        IDENTITY_DATABASE_URL: "postgres://ada:hush@127.0.0.1:1/identity",
        IDENTITY_SIGNING_KEYS: (yield* identity(["generate-signing-key"], {})).stdout.trim(),
        IDENTITY_SMTP_URL: "smtps://mail.example.com",
        IDENTITY_MAIL_FROM: "accounts@example.com"
      })
      assert.include(adapters, "postgres")
      assert.include(bin, "compose")
      assert.notInclude(bin, "serve")
      for (const module of ["http", "http2", "cluster"]) assert.notInclude(platform, module)
      assert.isEmpty(packages.filter((name) => name.includes("opentelemetry") || name === "ws"))
      assert.notInclude(packages, "nodemailer")
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
