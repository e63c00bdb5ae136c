/** The queries of panels, for the instances chosen at the top of a dashboard. */
import type { Query } from "../Description.ts"

const CHOSEN = `job="identity",instance=~"$instance"`

/** A series of the chosen instances, narrowed by further labels. */
export const of = (series: string, labels = ""): string => `${series}{${CHOSEN}${labels === "" ? "" : `,${labels}`}}`

/** Events a second by some labels; 0 where there has been none. */
export const perSecond = (by: string, counter: string, labels = ""): string =>
  `sum by (${by}) (rate(${of(counter, labels)}[$__rate_interval])) or vector(0)`

/** The quantile of a histogram by some labels. */
export const quantile = (share: number, by: string, histogram: string, labels = ""): string =>
  `histogram_quantile(${share}, sum by (${by === "" ? "le" : `${by}, le`}) ` +
  `(rate(${of(`${histogram}_bucket`, labels)}[$__rate_interval])))`

export const query = (expr: string, legend: string): Query => ({ expr, legend })
