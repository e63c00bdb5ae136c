import { Effect } from "effect"
import * as MetricSnapshots from "../../../src/platform/observability/MetricSnapshots.ts"
import * as PrometheusText from "../../../src/platform/observability/PrometheusText.ts"

/** The metrics of this process, as a scrape has them. */
export const prometheusText = Effect.map(MetricSnapshots.take, PrometheusText.render)
