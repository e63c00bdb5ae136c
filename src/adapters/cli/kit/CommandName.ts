/** The name of the command line in help and messages: `identity` when it is installed, `./identity` in a clone. */
import { Context } from "effect"
import type { HelpDoc } from "effect/cli"

export const CommandName = Context.Reference<string>("identityd/adapters/cli/kit/CommandName", {
  defaultValue: () => "identity"
})

/** A command at the start of a line or a quotation. Prose about `identity` doesn't match. */
const COMMAND = /(^|`)identity(?= [a-z<[-])/gm

/** Rewrites the commands in a text so that they can be typed here. */
export const typeable = (text: string, name: string): string => text.replace(COMMAND, `$1${name}`)

/** Rewrites usage and examples so that they can be typed here. */
export const typeableHelp = (help: HelpDoc.HelpDoc, name: string): HelpDoc.HelpDoc => ({
  ...help,
  usage: typeable(help.usage, name),
  ...(help.examples === undefined ? {} : {
    examples: help.examples.map((example) => ({ ...example, command: typeable(example.command, name) }))
  })
})
