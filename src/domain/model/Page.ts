import type { Option } from "effect"

/** The most items on a page. */
export const PAGE_LIMIT_MAX = 100

/** How many items a page holds by default. */
export const PAGE_LIMIT_DEFAULT = 20

/** Asks for one page of a list. `after` is the `next` of an earlier page of the same list. */
export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number
  readonly after: Option.Option<string>
}

/**
 * One page of a list. It may hold fewer items than were asked for, even none, and still have `next`: only a page
 * without `next` is the last one.
 */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: Option.Option<string>
}

/**
 * What a store read of a list in one step. A step reads a bounded number of rows, so it may find fewer items than were
 * asked for, even none, before the list ends.
 */
export interface Part<A, P> {
  readonly items: ReadonlyArray<A>
  /** Where the next part begins; `None` at the end of the list. */
  readonly next: Option.Option<P>
}
