/** How much of a trial to do: in the suite as much as fits, with `npm run test:ha` all of it. */
import { Config, Effect } from "effect"

export const isFull = Effect.orDie(Config.withDefault(Config.Boolean("IDENTITY_FULL_TRIALS"), false))

export const printFigures = (trial: string, figures: Readonly<Record<string, unknown>>) =>
  Effect.sync(() => process.stdout.write(`${trial}: ${JSON.stringify(figures)}\n`))
