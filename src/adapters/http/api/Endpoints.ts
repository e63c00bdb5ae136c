import type { HttpApiEndpoint } from "effect/http-api"
import { scopeOf } from "./AdminAuthentication.ts"

type Endpoint = Pick<HttpApiEndpoint.Top, "annotations" | "method" | "path" | "payload">

type Group = Readonly<Record<"endpoints", Readonly<Record<string, Endpoint>>>>

/** A request to an endpoint. Its body is not decoded yet. */
export type RequestOf<Of extends Group, Name extends keyof Of["endpoints"]> = HttpApiEndpoint.RequestRaw<
  Of["endpoints"][Name]
>

/** The endpoints of an API: whether their bodies are JSON or are read while they arrive, and the scope each needs. */
export const endpointsOf = ({ groups }: { readonly groups: Readonly<Record<string, Group>> }) =>
  Object.values(groups).flatMap(({ endpoints }) => Object.values(endpoints)).map((endpoint) => {
    const encodings = [...endpoint.payload.values()].map(({ encoding }) => encoding._tag)
    return {
      method: endpoint.method,
      path: endpoint.path,
      takesBody: encodings.includes("Json"),
      streamsBody: encodings.includes("Stream"),
      scope: scopeOf(endpoint)
    }
  })
