/** What the command line is called where it is read: `identity` where it is installed, `./identity` in a clone. */
import { Context } from "effect"
import type { HelpDoc } from "effect/cli"

export const CommandName = Context.Reference<string>("identityd/adapters/cli/kit/CommandName", {
  defaultValue: () => "identity"
})

/** A command at the start of a line or of a quotation. Prose about `identity` is left alone. */
const COMMAND = /(^|`)identity(?= [a-z<[-])/gm

/** A text that names commands, as they can be typed here. */
export const typeable = (text: string, name: string): string => text.replace(COMMAND, `$1${name}`)

/** Help whose usage and examples can be typed here. */
export const typeableHelp = (help: HelpDoc.HelpDoc, name: string): HelpDoc.HelpDoc => ({
  ...help,
  usage: typeable(help.usage, name),
  ...(help.examples === undefined ? {} : {
    examples: help.examples.map((example) => ({ ...example, command: typeable(example.command, name) }))
  })
})
