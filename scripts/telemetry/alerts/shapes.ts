/** What several alerts share: the conditions that they wait for, and the series with which they are tried. */
import type { Alert, Series } from "../Description.ts"

const INSTANCE = `job="identity",instance="a"`

/** An instance that can be scraped. */
export const UP: Series = { [`up{${INSTANCE}}`]: "1x200" }

/** A series of such an instance. */
export const of = (name: string, values: string, labels = ""): Series => ({
  ...UP,
  [`${name}{${INSTANCE}${labels === "" ? "" : `,${labels}`}}`]: values
})

/** One of the totals of the recording rules has grown by more than a number within a time. */
export const growth = (
  total: string,
  within: string,
  threshold = 0
): Pick<Alert, "is" | "threshold" | "unit" | "value"> => ({
  value: `increase(identity:${total}:total[${within}])`,
  is: "above",
  threshold,
  unit: "count"
})
