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

/** A part of a list. Without `next` it is the last one. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: Option.Option<string>
}
