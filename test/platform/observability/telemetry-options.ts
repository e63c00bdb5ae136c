import { Effect, Result, Schema, Struct } from "effect"
import * as Configuration from "../../../src/platform/configuration/Configuration.ts"
import { schemaOf } from "../../../src/platform/configuration/Setting.ts"
import * as Sources from "../../../src/platform/configuration/Sources.ts"
import { telemetryOptions, telemetrySettings } from "../../../src/platform/observability/TelemetrySettings.ts"

export type Variables = Readonly<Record<string, string>>

const read = (variables: Variables) =>
  Effect.runSync(Configuration.read({
    table: telemetrySettings,
    schema: Schema.Struct(Struct.map(telemetrySettings, schemaOf)),
    checkSettings: () => Effect.succeed([]),
    sources: Sources.fromRawValues(variables, "test"),
    ignoredVariables: []
  })).values

export const problemsOf = (variables: Variables) =>
  Result.match(read(variables), { onSuccess: () => [], onFailure: ({ problems = [] }) => problems })

export const optionsOf = (variables: Variables, worker?: number) =>
  telemetryOptions(Result.getOrThrow(read(variables)).settings, worker)
