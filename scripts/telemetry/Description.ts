/**
 * The description of metrics, panels, recording rules and alerts. The dashboards, the rules, the runbooks and the
 * documented table of metrics are all generated from it, so that they can't disagree.
 */

/** The unit of a number, for axes and sentences. */
export type Unit = "bytes" | "count" | "days" | "per second" | "ratio" | "seconds" | "times" | "date"

export interface MetricDescription {
  /** Its name in the code and over OTLP. */
  readonly source: string
  readonly type: "counter" | "gauge" | "histogram"
  /** Its labels, each with its values or a description of them. */
  readonly labels?: Readonly<Record<string, string>>
  readonly text: string
}

/** A series that Prometheus computes at each evaluation, because more than one panel or alert asks for it. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** Samples, one a minute from the start, in the notation of `promtool test rules`. */
export type Series = Readonly<Record<string, string>>

/** Series for which an alert has to fire, or must not, and the time of the check. */
export interface Scenario {
  readonly series: Series
  readonly at: string
}

export interface Alert {
  readonly name: string
  /** A page wakes somebody up; a ticket is for the next working day. */
  readonly severity: "page" | "ticket"
  /** What is measured. */
  readonly value: string
  readonly is: "above" | "below"
  readonly threshold: number
  readonly unit: Unit
  /** A further condition, when the number alone isn't enough. */
  readonly provided?: string
  /** How long the condition must have held. */
  readonly for?: string
  /** One sentence, in Prometheus' templates. */
  readonly summary: string
  /** What has happened, and how it affects people who sign in. */
  readonly means: string
  readonly look: ReadonlyArray<string>
  readonly act: ReadonlyArray<string>
  readonly fires: Scenario
  readonly quiet: Scenario
}

export interface Query {
  readonly expr: string
  readonly legend: string
}

export interface Panel {
  readonly title: string
  readonly text: string
  readonly unit: Unit
  readonly kind?: "stat"
  readonly queries: ReadonlyArray<Query>
  /** The names of the alerts whose thresholds are drawn. */
  readonly alerts?: ReadonlyArray<string>
}

export interface Row {
  readonly title: string
  readonly panels: ReadonlyArray<Panel>
}

export interface Dashboard {
  /** The name of its file and its address in Grafana. */
  readonly name: string
  readonly title: string
  readonly text: string
  readonly rows: ReadonlyArray<Row>
}
