/**
 * Pages of lists, with opaque cursors as positions.
 *
 * A cursor is the signed position up to which the store has read, not an offset. Items that are inserted or removed
 * elsewhere neither shift nor repeat the rest. A cursor is bound to its list, so it can't be used to read another one.
 */
import { Effect, Option, Schema, Stream } from "effect"
import type { TokenSigner } from "../../ports/TokenSigner.ts"
import { InvalidCursor } from "../model/IdentityErrors.ts"
import type { Page, PageRequest, Part } from "../model/Page.ts"

export interface PagedList<A, P, E> {
  /** Identifies this list, filters included. */
  readonly name: string
  readonly position: Schema.Codec<P, string>
  readonly load: (limit: number, after: Option.Option<P>) => Effect.Effect<Part<A, P>, E>
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
  const { items, next } = yield* list.load(request.limit, after)
  if (Option.isNone(next)) return { items, next: Option.none() }
  const position = yield* Effect.orDie(Schema.encodeEffect(list.position)(next.value))
  return { items, next: Option.some(yield* signer.signCursor(list.name, position)) }
})

/** All parts of a list one after the other, from a position on. None of them is empty. */
export const everyPart = <A, P, E>(
  load: (after: Option.Option<P>) => Effect.Effect<Part<A, P>, E>,
  start: Option.Option<P> = Option.none()
): Stream.Stream<ReadonlyArray<A>, E> =>
  Stream.paginate(
    start,
    (after) => Effect.map(load(after), ({ items, next }) => [[items], Option.map(next, Option.some)] as const)
  ).pipe(Stream.filter(({ length }) => length > 0))

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
