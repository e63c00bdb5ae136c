import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CliConfig } from "effect/cli"
import { spawnSync } from "node:child_process"
import { Application } from "../../../src/adapters/cli/kit/Application.ts"
import { builtIns } from "../../../src/adapters/cli/kit/BuiltInFlags.ts"
import { commandsPage, manualPage } from "./CommandPages.ts"
import { helpDocs } from "./HelpDocs.ts"

/** Help calls no service. */
const application = Layer.mock(Application, {
  services: () => Layer.unwrap(Effect.die("it was started")),
  mails: () => Layer.unwrap(Effect.die("it was started")),
  migrator: () => Layer.unwrap(Effect.die("it was started")),
  mailTemplates: { write: () => Effect.die("it was started"), check: () => Effect.die("it was started") }
})

const docs = helpDocs.pipe(
  Effect.provide([application, NodeServices.layer]),
  Effect.provideService(CliConfig.CliConfig, { builtIns })
)

const canFormat = spawnSync("groff", ["--version"]).status === 0

describe("the commands", () => {
  it.effect("are documented", () =>
    Effect.flatMap(
      docs,
      (all) => Effect.promise(() => expect(commandsPage(all)).toMatchFileSnapshot("../../../docs/cli.md"))
    ))

  it.effect("are in the manual", () =>
    Effect.flatMap(
      docs,
      (all) => Effect.promise(() => expect(manualPage(all)).toMatchFileSnapshot("../../../docs/identity.1"))
    ))

  it.effect.skipIf(!canFormat)(
    "are in a manual that groff has nothing to say about, 80 columns wide",
    () =>
      Effect.map(docs, (all) => {
        const { stderr, stdout } = spawnSync("groff", ["-man", "-Tascii", "-ww", "-P-cbou", "-rLL=80n"], {
          input: manualPage(all),
          encoding: "utf8"
        })
        assert.strictEqual(stderr, "")
        assert.include(stdout, "identity set-password [flags] <account>")
        for (const line of stdout.split("\n")) assert.isAtMost(line.length, 80, line)
      })
  )
})
