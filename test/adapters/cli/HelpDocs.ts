/** The help of all commands, from which completions, the man page and `docs/cli.md` are generated. */
import { Effect } from "effect"
import { CliOutput, Command } from "effect/cli"
import type { HelpDoc } from "effect/cli"
import { identity } from "../../../src/adapters/cli/Commands.ts"

/** The help of the program and of each of its commands, in this order. */
export const helpDocs = Effect.suspend(() => {
  const docs: Array<HelpDoc.HelpDoc> = []
  const collect: CliOutput.Presenter = {
    present: (event) =>
      Effect.sync(() => {
        if (event._tag === "Help") docs.push(event.helpDoc)
      })
  }
  const names = identity.subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))
  return Effect.forEach(
    [[], ...names.map((name) => [name])],
    (path) => Command.runWith(identity, { version: "" })([...path, "--help"]),
    { discard: true }
  ).pipe(
    Effect.provideService(CliOutput.Presenter, collect),
    Effect.orDie,
    Effect.as(docs)
  )
})
