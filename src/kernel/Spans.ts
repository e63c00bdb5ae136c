import { Effect, Tracer } from "effect"

/**
 * Does what `Effect.withSpan` does, without recording where in the code the span is. That costs more than the span, and
 * the name says it.
 */
export const inSpan = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  name: string,
  options: Tracer.SpanOptionsNoTrace = {}
): Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>> =>
  Effect.useSpan(name, options, (span) => Effect.provideService(effect, Tracer.ParentSpan, span))
