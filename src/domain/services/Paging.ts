/**
 * Pages of lists whose positions callers carry as opaque cursors.
 *
 * A cursor is the signed position of the last item shown, not an offset: items inserted or removed elsewhere neither
 * shift nor repeat the rest. It is bound to its list, so it can't be used to look into another one.
 */
import { Effect, Option, Schema } from "effect"
import type { TokenSigner } from "../../ports/TokenSigner.ts"
import { InvalidCursor } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"

export interface PagedList<A, P, E> {
  /** Tells this list from every other one, filters included. */
  readonly name: string
  readonly position: Schema.Codec<P, string>
  readonly positionOf: (item: A) => P
  readonly load: (limit: number, after: Option.Option<P>) => Effect.Effect<ReadonlyArray<A>, E>
}

/** Loads one page. Fails with `InvalidCursor` if `after` was not issued for this list. */
export const loadPage = Effect.fnUntraced(function*<A, P, E>(
  signer: TokenSigner["Service"],
  list: PagedList<A, P, E>,
  request: PageRequest
): Effect.fn.Return<Page<A>, E | InvalidCursor> {
  const after = yield* Option.match(request.after, {
    onNone: () => Effect.succeed(Option.none<P>()),
    onSome: (cursor) => openCursor(signer, list, cursor)
  })
  const loaded = yield* list.load(request.limit + 1, after)
  const items = loaded.slice(0, request.limit)
  const last = items.at(-1)
  if (loaded.length <= request.limit || last === undefined) return { items, next: Option.none() }
  const position = yield* Effect.orDie(Schema.encodeEffect(list.position)(list.positionOf(last)))
  return { items, next: Option.some(yield* signer.signCursor(list.name, position)) }
})

const openCursor = Effect.fnUntraced(function*<A, P, E>(
  signer: TokenSigner["Service"],
  list: PagedList<A, P, E>,
  cursor: string
): Effect.fn.Return<Option.Option<P>, InvalidCursor> {
  const position = yield* signer.verifyCursor(list.name, cursor)
  if (Option.isNone(position)) return yield* new InvalidCursor()
  return Option.some(
    yield* Effect.catchTag(
      Schema.decodeEffect(list.position)(position.value),
      "SchemaError",
      () => new InvalidCursor()
    )
  )
})
