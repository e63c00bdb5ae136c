/**
 * What the workers that serve have reported. There before the workers are, so that the management listener can ask
 * while they start and while they end.
 */
import { Context, Effect, Layer } from "effect"
import type { WorkerProcess } from "./WorkerProcess.ts"

/** The metrics of one worker. */
export interface WorkerReport {
  readonly worker: number
  readonly metrics: string
}

export class WorkerReports extends Context.Service<WorkerReports, {
  /** Asks all workers. Who is stuck or about to die is not waited for: its last report stands. */
  readonly refresh: Effect.Effect<void>
  /** The last reports of those that serve. */
  readonly latest: () => ReadonlyArray<WorkerReport>
  /** How many serve. */
  readonly count: () => number
  readonly add: (worker: WorkerProcess) => void
  /** Forgets a worker that has ended. Its last report is given to whoever keeps the totals, in the same moment. */
  readonly remove: (worker: WorkerProcess) => void
}>()("identityd/platform/cluster/WorkerReports") {
  static readonly layer = (options: { readonly retire: (metrics: string) => void }) =>
    Layer.sync(WorkerReports, () => {
      const workers = new Set<WorkerProcess>()
      return WorkerReports.of({
        refresh: Effect.suspend(() =>
          Effect.forEach(workers, ({ ended, report }) =>
            Effect.timeoutOption(Effect.raceFirst(report, ended), DEADLINE), {
            concurrency: "unbounded",
            discard: true
          })
        ),
        latest: () =>
          [...workers].flatMap(({ number, reported }) => {
            const metrics = reported()
            return metrics === undefined ? [] : [{ worker: number, metrics }]
          }),
        count: () =>
          workers.size,
        add: (worker) =>
          void workers.add(worker),
        remove: (worker) => {
          const metrics = worker.reported()
          if (workers.delete(worker) && metrics !== undefined) options.retire(metrics)
        }
      })
    })
}

/** Well below the time after which a scrape is given up. */
const DEADLINE = "1 second"
