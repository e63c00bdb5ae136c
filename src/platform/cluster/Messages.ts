/** What the primary process and its workers tell each other, as JSON over the channel that Node gives them. */
import { Schema } from "effect"
import { failureFields } from "../process/CommandFailed.ts"

export const ToWorker = Schema.Union([
  /**
   * The first message: which worker this is, and the settings by name. They may be secrets, so they are no arguments.
   */
  Schema.TaggedStruct("Begin", { worker: Schema.Int, settings: Schema.Record(Schema.String, Schema.String) }),
  /** Asks for `Reported`. Whoever does not answer for long is taken for stuck. */
  Schema.TaggedStruct("Report", {}),
  /** Asks for the TLS files to be read again. */
  Schema.TaggedStruct("Reload", {}),
  /** Asks for the end: finish what was accepted. A signal would also come from terminals and service managers. */
  Schema.TaggedStruct("Drain", {})
])

export type ToWorker = typeof ToWorker.Type

export const FromWorker = Schema.Union([
  Schema.TaggedStruct("Serving", { port: Schema.Int }),
  /** The worker could not start. What it says is meant for the operator. */
  Schema.TaggedStruct("Failed", failureFields),
  /** All metrics of the worker, in Prometheus' text format. */
  Schema.TaggedStruct("Reported", { metrics: Schema.String })
])

export type FromWorker = typeof FromWorker.Type
