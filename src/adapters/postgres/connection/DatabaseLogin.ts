/**
 * The login of connections. User and password may change while the service runs, when an operator replaces the file
 * that contains the URL. So the URL is read again when a login is refused, and used if it has another login for the
 * same database.
 *
 * Another host, database or parameter takes a restart: the other database may have other accounts, and open connections
 * still lead to the old one.
 */
import { Effect, Option, Redacted } from "effect"
import * as Announcer from "../../../kernel/Announcer.ts"
import { leadsToSame } from "./PostgresTarget.ts"
import type { PostgresTarget } from "./PostgresTarget.ts"

export interface DatabaseLogin {
  readonly current: () => PostgresTarget
  /** Whether another login than the refused one is available now. */
  readonly renewed: (refused: PostgresTarget) => Effect.Effect<boolean>
}

const LEADS_ELSEWHERE = "IDENTITY_DATABASE_URL now leads to another database. Restart the service to use it"

export const make = (target: PostgresTarget): DatabaseLogin => {
  let current = target
  const announce = Announcer.onChange("")

  const follow = (refused: PostgresTarget, url: Redacted.Redacted) =>
    Effect.suspend(() => {
      // Several connections may have been refused at once, and another one may have updated the login first.
      if (current !== refused) return Effect.succeed(true)
      if ("path" in current || Redacted.value(url) === Redacted.value(current.url)) return Effect.succeed(false)
      if (leadsToSame(current.url, url)) {
        current = { ...current, url }
        return Effect.as(Effect.logInfo("The database login has changed and is used from now on"), true)
      }
      return Effect.as(announce(Redacted.value(url), Effect.logError(LEADS_ELSEWHERE)), false)
    })

  const renewed = (refused: PostgresTarget): Effect.Effect<boolean> =>
    Effect.suspend(() => {
      // Another connection has updated it meanwhile.
      if (current !== refused) return Effect.succeed(true)
      if ("path" in current || current.reread === undefined) return Effect.succeed(false)
      return Effect.flatMap(
        current.reread,
        Option.match({
          onNone: () => Effect.succeed(false),
          onSome: (url) => follow(refused, url)
        })
      )
    })

  return { current: () => current, renewed }
}
