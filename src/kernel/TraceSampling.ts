/**
 * Which traces are recorded. It is decided before a span is made, because making one costs as much when nobody records
 * it.
 */
import { Context } from "effect"
import type { Tracer } from "effect"

/** Whether to record a trace: the caller's, or one that begins here. By default, the tracer decides. */
export const TraceSampling = Context.Reference<(caller: Tracer.ExternalSpan | undefined) => boolean>(
  "identityd/kernel/TraceSampling",
  { defaultValue: () => () => true }
)

/** Annotates the first span of a trace that was chosen to be recorded, so that the tracer doesn't choose once more. */
export const Chosen = Context.Reference<boolean>("identityd/kernel/TraceSampling/Chosen", {
  defaultValue: () => false
})
