/** A process that owns an embedded Postgres server until its stdin ends: `owner.ts <data directory>`. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer, References } from "effect"
import * as EmbeddedPostgres from "../../../src/platform/embedded/EmbeddedPostgres.ts"

const stdinEnd = Effect.callback<void>((resume) => {
  process.stdin.resume().once("end", () => resume(Effect.void))
})

EmbeddedPostgres.acquire({ dataDir: process.argv[2] ?? "" }).pipe(
  Effect.tap((connection) => Effect.sync(() => process.stdout.write(`${JSON.stringify(connection)}\n`))),
  Effect.andThen(stdinEnd),
  Effect.scoped,
  // Its stdout is for the connection.
  Effect.provideService(References.MinimumLogLevel, "Warn"),
  Effect.provide(Layer.merge(NodeFileSystem.layer, NodePath.layer)),
  NodeRuntime.runMain
)
