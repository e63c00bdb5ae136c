import { Effect, Option } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { CurrentRequest } from "../exchange/RequestContext.ts"

/** The page of a list, with the cursor of the next one. */
export const pageAnswer = <Members extends object>(members: Members, next: Option.Option<string>) =>
  Effect.map(CurrentRequest, ({ ownUrl, url }) =>
    HttpApiSchema.withHeaders({
      body: { ...members, next: Option.getOrNull(next) },
      headers: Option.match(next, { onNone: () => ({}), onSome: (cursor) => ({ link: linkTo(ownUrl + url, cursor) }) })
    }))

/** The same request with the next cursor. */
const linkTo = (url: string, cursor: string): string => {
  const [path = "", query] = url.split("?")
  const parameters = new URLSearchParams(query)
  parameters.set("after", cursor)
  return `<${path}?${parameters}>; rel="next"`
}
