import { Effect, Option } from "effect"
import * as MemoryOutbox from "../../../src/adapters/memory/MemoryOutbox.ts"
import type { MemoryState } from "../../../src/adapters/memory/MemoryState.ts"
import type { MailId } from "../../../src/domain/model/Mail.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import type { KeyValues } from "./KeyValues.ts"

/** How many mails one step changes. */
const STEP_MAX = 20

type Service = Outbox["Service"]

/**
 * Such a database keeps an index of the waiting mails, by the next attempt. Here each of them is a candidate, in the
 * order of the index, and a step decides about a few.
 */
export const make = ({ inStep, read }: KeyValues): Service => {
  const candidates = read(({ mails }: MemoryState) =>
    [...mails.values()]
      .map(({ mail }) => mail)
      .filter(({ status }) => status === "waiting" || status === "refused")
      .toSorted((self, that) => self.nextAttemptAt.epochMilliseconds - that.nextAttemptAt.epochMilliseconds)
      .map(({ id }) => id)
  )

  /** Runs an operation on a few candidates after the other, until enough is found. */
  const inSteps = Effect.fnUntraced(function*<A>(
    limit: number,
    operation: (outbox: Service, limit: number) => Effect.Effect<ReadonlyArray<A>, never>
  ) {
    const found: Array<A> = []
    const ids: Array<MailId> = yield* candidates
    while (ids.length > 0 && found.length < limit) {
      const few = ids.splice(0, STEP_MAX)
      const more = yield* inStep((step) =>
        Effect.andThen(step.mails(few), operation(MemoryOutbox.make(step.state), limit - found.length))
      )
      found.push(...more)
    }
    return found
  })

  return Outbox.of({
    claim: (claim) => inSteps(claim.limit, (outbox, limit) => Effect.orDie(outbox.claim({ ...claim, limit }))),
    expire: (input) => inSteps(input.limit, (outbox, limit) => Effect.orDie(outbox.expire({ ...input, limit }))),
    retry: (input) =>
      Effect.map(
        inSteps(
          input.limit,
          (outbox, limit) =>
            Effect.map(Effect.orDie(outbox.retry({ ...input, limit })), (count) => Array.from({ length: count }))
        ),
        ({ length }) => length
      ),
    settle: (settlement) =>
      inStep((step) => Effect.andThen(step.mails([settlement.id]), MemoryOutbox.make(step.state).settle(settlement))),
    find: (id) => read(({ mails }) => Option.fromUndefinedOr(mails.get(id)?.mail))
  })
}
