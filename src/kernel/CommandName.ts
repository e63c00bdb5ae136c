/**
 * The name of the command line in help, messages and the log: `identity` when it is installed, `./identity` in a
 * clone.
 */
import { Context } from "effect"

export const CommandName = Context.Reference<string>("identityd/kernel/CommandName", {
  defaultValue: () => "identity"
})

/** A command at the start of a line or a quotation. Prose about `identity` doesn't match. */
const COMMAND = /(^|`)identity(?= [a-z<[-])/gm

/** Rewrites the commands in a text so that they can be typed here. */
export const typeable = (text: string, name: string): string => text.replace(COMMAND, `$1${name}`)
