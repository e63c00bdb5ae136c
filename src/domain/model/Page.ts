import type { Option } from "effect"

/** The most items on a page. */
export const PAGE_LIMIT_MAX = 100

/** How many items a page holds when nobody says. */
export const PAGE_LIMIT_DEFAULT = 20

/** Which part of a list is wanted. `after` is the `next` of an earlier page of the same list. */
export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number
  readonly after: Option.Option<string>
}

/**
 * A part of a list. It may hold fewer items than were asked for, even none, and still have `next`: only a page without
 * `next` is the last one.
 */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: Option.Option<string>
}

/**
 * What a store read of a list in one step, which reads a bounded number of rows, whatever it looks for. So it may hold
 * fewer items than were asked for, even none, and still go on.
 */
export interface Part<A, P> {
  readonly items: ReadonlyArray<A>
  /** Where the list goes on; `None` at its end. */
  readonly next: Option.Option<P>
}
