/** The HTTP API as a handler for an existing `node:http` server, alone or mounted in an application. */
import { Context, Effect, Layer } from "effect"
import * as NodeApp from "../adapters/http/listener/NodeApp.ts"
import type * as NodeHttpHandler from "../adapters/http/listener/NodeHandler.ts"
import type * as Core from "../domain/Core.ts"
import { appOptions, surroundings } from "./Http.ts"
import type { HttpOptions } from "./Http.ts"

/**
 * Answers every request. Paths have to be those of the API: when it is mounted below a prefix, remove the prefix first.
 * The server sets the limits on connections and on how long a request may take to arrive.
 */
export class NodeHandler extends Context.Service<NodeHandler, NodeHttpHandler.NodeHandler>()(
  "identityd/embedding/NodeHttp/NodeHandler"
) {}

export const nodeHandler = (options: HttpOptions): Layer.Layer<NodeHandler, never, Core.Services> =>
  Layer.effect(NodeHandler, Effect.map(NodeApp.make(appOptions(options)), ({ handler }) => handler)).pipe(
    Layer.provide(surroundings(options))
  )
