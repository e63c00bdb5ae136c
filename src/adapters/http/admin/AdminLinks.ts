import { Effect, Option } from "effect"
import { CurrentRequest } from "../exchange/RequestContext.ts"

/** The `Link` header of a page: the same request with the next cursor. Relative, as nobody configures where this is. */
export const linkToNext = (next: Option.Option<string>) =>
  Effect.map(CurrentRequest, ({ url }) =>
    Option.match(next, {
      onNone: () => ({}),
      onSome: (cursor) => {
        const [path = "", query] = url.split("?")
        const parameters = new URLSearchParams(query)
        parameters.set("after", cursor)
        return { link: `<${path}?${parameters}>; rel="next"` }
      }
    }))
