import { Effect, Layer } from "effect"
import { PublicAddress } from "./HttpServer.ts"
import { ManagementAddress } from "./ManagementServer.ts"

export interface Announced {
  /** With its version. */
  readonly product: string
  readonly scheme: "http" | "https"
  readonly publicUrl: string
  /** How many processes serve. */
  readonly workers: number
  /** Of the embedded database, if there is one. */
  readonly dataDir: string | undefined
}

/** Logs where the server can be reached, a line for each fact. */
export const layer = ({ dataDir, product, publicUrl, scheme, workers }: Announced) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const here = spell(yield* PublicAddress)
    const management = spell(yield* ManagementAddress)
    const sentences = [
      `${product} listens on ${scheme}://${here}.`,
      `For management it listens on http://${management}.`,
      ...(workers === 1 ? [] : [`${workers} processes share the work.`]),
      ...(publicUrl === `${scheme}://${here}` ? [] : [`Its links begin with ${publicUrl}.`]),
      ...(dataDir === undefined ? [] : [`Its data is in an embedded database in ${dataDir}.`])
    ]
    yield* Effect.forEach(sentences, (sentence) => Effect.logInfo(sentence))
  }))

const spell = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`
