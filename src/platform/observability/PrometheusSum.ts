/**
 * The metrics of several processes as those of one server, in Prometheus' text format.
 *
 * Counters, histograms and gauges are added up. What processes that have ended had counted stays in the sum: a counter
 * that fell would look like one that began anew, and all it holds like an increase. What describes one process and
 * nothing else (memory, CPU, event loop) is kept apart by the label `worker`. That is a place and not a process, so
 * replaced workers make no new series.
 */
interface Family {
  /** The lines about it. */
  readonly head: ReadonlyArray<string>
  readonly type: string
  /** Values by name and labels as they are written. */
  readonly samples: Map<string, number>
}

type Families = Map<string, Family>

export interface PrometheusSum {
  /** Keeps what a process had counted that is no more. */
  readonly retire: (metrics: string) => void
  /** The sum of what is kept, of this process and of its workers. */
  readonly render: (
    own: string,
    workers: ReadonlyArray<{ readonly worker: number; readonly metrics: string }>
  ) => string
}

export const make = (): PrometheusSum => {
  const retired: Families = new Map()
  return {
    retire: (metrics) => {
      for (const [name, family] of parse(metrics)) {
        if (family.type !== "gauge" && !isOfProcess(name)) addFamily(retired, name, family, unchanged)
      }
    },
    render: (own, workers) => {
      const total: Families = new Map()
      const add = (families: Families, worker: string) => {
        for (const [name, family] of families) {
          addFamily(total, name, family, isOfProcess(name) ? labelled("worker", worker) : unchanged)
        }
      }
      for (const [name, family] of retired) addFamily(total, name, family, unchanged)
      add(parse(own), "primary")
      for (const { metrics, worker } of workers) add(parse(metrics), String(worker))
      return write(total)
    }
  }
}

const isOfProcess = (name: string): boolean => /^(?:process|v8js|nodejs_eventloop)_/.test(name)

const unchanged = (key: string): string => key

const labelled = (label: string, value: string) => (key: string): string =>
  key.endsWith("}") ? `${key.slice(0, -1)},${label}="${value}"}` : `${key}{${label}="${value}"}`

const addFamily = (to: Families, name: string, family: Family, rename: (key: string) => string): void => {
  const sum = to.get(name) ?? { ...family, samples: new Map<string, number>() }
  to.set(name, sum)
  for (const [key, value] of family.samples) {
    const renamed = rename(key)
    sum.samples.set(renamed, (sum.samples.get(renamed) ?? 0) + value)
  }
}

/** Reads what `PrometheusText` writes: `# HELP` and `# TYPE` of a metric, then its values, without time stamps. */
const parse = (text: string): Families => {
  const families: Families = new Map()
  let head: Array<string> = []
  let samples = new Map<string, number>()
  for (const line of text.split("\n")) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line)
    if (type !== null) {
      samples = new Map()
      families.set(type[1] ?? "", { head: [...head, line], type: type[2] ?? "", samples })
      head = []
    } else if (line.startsWith("#")) {
      head.push(line)
    } else if (line !== "") {
      const end = line.lastIndexOf(" ")
      samples.set(line.slice(0, end), Number(line.slice(end + 1).replace("Inf", "Infinity")))
    }
  }
  return families
}

const write = (families: Families): string => {
  const lines: Array<string> = []
  for (const { head, samples } of families.values()) {
    lines.push(...head)
    for (const [key, value] of samples) lines.push(`${key} ${String(value).replace("Infinity", "Inf")}`)
  }
  return lines.map((line) => `${line}\n`).join("")
}
