import { Effect, Schema } from "effect"
import { createServer } from "node:net"

/** A listener couldn't be opened. The message is a sentence for the operator and names the setting to change. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", { message: Schema.String }) {}

/** Where a listener listens, and the names of the settings for it. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
  readonly hostSetting: string
  readonly portSetting: string
}

interface Place {
  readonly host: string
  readonly port: number
}

export const publicAddress = ({ host, port }: Place): ListenAddress => ({
  host,
  port,
  hostSetting: "IDENTITY_HOST",
  portSetting: "IDENTITY_PORT"
})

export const managementAddress = ({ host, port }: Place): ListenAddress => ({
  host,
  port,
  hostSetting: "IDENTITY_MANAGEMENT_HOST",
  portSetting: "IDENTITY_MANAGEMENT_PORT"
})

export const listenError = (address: ListenAddress, cause: Error & { readonly code?: string }): ListenError => {
  const { host, hostSetting, port, portSetting } = address
  switch (cause.code) {
    case "EADDRINUSE":
      return new ListenError({
        message: `Port ${port} on ${host} is taken. Stop what listens there, or set ${portSetting} to another port.`
      })
    case "EACCES":
      return new ListenError({
        message: `Port ${port} on ${host} may not be opened. Set ${portSetting} to 1024 or above.`
      })
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new ListenError({
        message: `${host} is not an address of this machine. Set ${hostSetting} to one of them.`
      })
    default:
      return new ListenError({ message: `Can't listen on port ${port} of ${host}: ${cause.code ?? cause.message}.` })
  }
}

/**
 * Why a listener couldn't be opened. It names every address that is taken, so that the operator doesn't find them one
 * start at a time.
 */
export const explainFailure = Effect.fnUntraced(function*(message: string, addresses: ReadonlyArray<ListenAddress>) {
  const [, failures] = yield* Effect.partition(addresses, probe)
  return [...new Set([message, ...failures.map((failure) => failure.message)])].join("\n")
})

const probe = (address: ListenAddress): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (cause) => resume(Effect.fail(listenError(address, cause))))
    server.listen({ host: address.host, port: address.port }, () => server.close(() => resume(Effect.void)))
    return Effect.sync(() => server.close())
  })
