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
  readonly portFlag: string
}

interface Place {
  readonly host: string
  readonly port: number
}

const setBy =
  (hostSetting: string, portSetting: string, portFlag: string) => ({ host, port }: Place): ListenAddress => ({
    host,
    port,
    hostSetting,
    portSetting,
    portFlag
  })

export const publicAddress = setBy("IDENTITY_HOST", "IDENTITY_PORT", "--port")

export const managementAddress = setBy("IDENTITY_MANAGEMENT_HOST", "IDENTITY_MANAGEMENT_PORT", "--management-port")

export const listenError = (address: ListenAddress, cause: Error & { readonly code?: string }): ListenError =>
  new ListenError({ message: explain(address, cause) })

const explain = (
  { host, hostSetting, port, portFlag, portSetting }: ListenAddress,
  { code, message }: Error & { readonly code?: string }
): string => {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is taken. Stop what listens there, or choose another port with ${portFlag} or ` +
        `${portSetting}.`
    case "EACCES":
      return `Port ${port} on ${host} may not be opened. Set ${portSetting} to 1024 or above.`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine. Set ${hostSetting} to one of them.`
    default:
      return `Can't listen on port ${port} of ${host}: ${code ?? message}.`
  }
}

/**
 * Fails with a sentence for each address that can't be listened on, so that the operator doesn't find them one start at
 * a time. `management` says where a running server would answer.
 */
export const ensureListenable = Effect.fnUntraced(function*(
  addresses: ReadonlyArray<ListenAddress>,
  management: Place
) {
  const [, failures] = yield* Effect.partition(addresses, probe)
  if (failures.length === 0) return
  const hint = (yield* isServing(management)) ? ["An identity server is running already."] : []
  return yield* new ListenError({ message: [...failures.map(({ message }) => message), ...hint].join("\n") })
})

/** How long to wait for the answer of what listens on a port. */
const ANSWER_TIMEOUT = "1 second"

/** Whether a server of this program answers at a management address. */
const isServing = Effect.fnUntraced(function*({ host, port }: Place) {
  // Commands load this module, and have no other use for Node's HTTP.
  const { get } = yield* Effect.promise(() => import("node:http"))
  return yield* Effect.callback<boolean>((resume) => {
    const request = get({ host, port, path: "/livez" }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (part) => text = `${text}${part}`.slice(0, ALIVE.length + 1))
      response.on("end", () => resume(Effect.succeed(text === ALIVE)))
    })
    request.on("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => request.destroy())
  }).pipe(Effect.timeoutOrElse({ duration: ANSWER_TIMEOUT, orElse: () => Effect.succeed(false) }))
})

/** What `/livez` answers. */
const ALIVE = JSON.stringify({ status: "alive" })

const probe = (address: ListenAddress): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (cause) => resume(Effect.fail(listenError(address, cause))))
    server.listen({ host: address.host, port: address.port }, () => server.close(() => resume(Effect.void)))
    return Effect.sync(() => server.close())
  })
