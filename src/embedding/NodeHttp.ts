/** The HTTP API for a server of `node:http` that is there already: alone, or mounted in an application. */
import { Context, Effect, Layer } from "effect"
import * as NodeApp from "../adapters/http/listener/NodeApp.ts"
import type * as NodeHttpHandler from "../adapters/http/listener/NodeHandler.ts"
import type * as Core from "../domain/Core.ts"
import { appOptions, surroundings } from "./Http.ts"
import type { HttpOptions } from "./Http.ts"

/**
 * Answers a request, whatever happens. Its path has to be the API's: what mounts it below another takes that off. How
 * long a request may take to arrive, and how many connections there may be, is for the server to say.
 */
export class NodeHandler extends Context.Service<NodeHandler, NodeHttpHandler.NodeHandler>()(
  "identityd/embedding/NodeHttp/NodeHandler"
) {}

export const nodeHandler = (options: HttpOptions): Layer.Layer<NodeHandler, never, Core.Services> =>
  Layer.effect(NodeHandler, Effect.map(NodeApp.make(appOptions(options)), ({ handler }) => handler)).pipe(
    Layer.provide(surroundings(options))
  )
