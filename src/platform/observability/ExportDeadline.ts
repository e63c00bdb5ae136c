/**
 * Ends exports that take too long. The SDK gives up on a connection that is silent for as long as its time limit, so a
 * collector that sends a byte now and then could hold an export, and everything that waits behind it, for ever.
 */
import { convertLegacyHttpOptions } from "@opentelemetry/otlp-exporter-base/node-http"
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics"
import type { Agent } from "node:http"
import { clearInterval, setInterval } from "node:timers"

type Done = Parameters<PushMetricExporter["export"]>[1]

export interface ExportDeadline {
  /** Opens the connections of an exporter, with the certificates that the environment names. */
  readonly httpAgentOptions: (protocol: string) => Promise<Agent>
  /**
   * Ends an export that has no result in time: all connections of the exporter are closed then. The SDK may try again
   * just before its own deadline, so they are closed again after as long.
   */
  readonly limit: (done: Done) => Done
}

export const make = (signal: "METRICS" | "TRACES", millis: number): ExportDeadline => {
  const { agentFactory } = convertLegacyHttpOptions({}, signal, `v1/${signal.toLowerCase()}`, {})
  let agent: Agent | undefined
  return {
    httpAgentOptions: (protocol) =>
      Promise.resolve(agentFactory(protocol)).then((opened) => {
        agent = opened
        return opened
      }),
    limit: (done) => {
      let isLate = false
      // The SDK calls back outside of any effect.
      // @effect-diagnostics-next-line globalTimers:off
      const timer = setInterval(() => {
        isLate = true
        agent?.destroy()
      }, millis).unref()
      return (result) => {
        clearInterval(timer)
        done(isLate && result.error !== undefined ? { ...result, error: new Error("Request timed out") } : result)
      }
    }
  }
}
