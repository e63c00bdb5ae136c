/**
 * The origins from which a request may use a cookie.
 *
 * A browser sends its cookies whichever page causes the request, so a cookie alone doesn't prove that the person wanted
 * it (cross-site request forgery, ASVS 3.5.1). Browsers also say, in headers no page can forge, where a request comes
 * from: `Sec-Fetch-Site` first, then `Origin`. `SameSite=Strict` on the cookie is the second line of defence.
 */
import { Context, Layer } from "effect"
import type { RequestHead } from "./RequestContext.ts"

/** This server's own origin and those its operator allows. */
export class AllowedOrigins extends Context.Service<AllowedOrigins, {
  readonly has: (origin: string) => boolean
}>()("identityd/adapters/http/exchange/OriginCheck/AllowedOrigins") {
  static readonly layer = (options: {
    readonly publicUrl: string
    readonly allowedOrigins: ReadonlyArray<string>
  }): Layer.Layer<AllowedOrigins> =>
    Layer.sync(AllowedOrigins, () => {
      const origins = new Set([new URL(options.publicUrl).origin, ...options.allowedOrigins])
      return AllowedOrigins.of({ has: (origin) => origins.has(origin) })
    })
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"])

/**
 * Whether a request may use the cookie: a browser says that it comes from an allowed origin, or its method changes
 * nothing.
 */
export const comesFromOwnOrigin = (
  request: RequestHead,
  origins: AllowedOrigins["Service"]
): boolean => {
  const { origin, "sec-fetch-site": site } = request.headers
  return SAFE.has(request.method) || site === "same-origin" || site === "none" ||
    (origin !== undefined && origins.has(origin))
}

/**
 * Whether a browser says that another site's page sent a request that asks for the cookie. Such a page could sign its
 * visitor in to an account of the attacker, and watch what they do there (login CSRF). Programs that send neither
 * header have no visitor to deceive.
 */
export const comesFromForeignOrigin = (
  request: RequestHead,
  origins: AllowedOrigins["Service"]
): boolean => {
  const { origin, "sec-fetch-site": site } = request.headers
  return (origin !== undefined || site !== undefined) && !comesFromOwnOrigin(request, origins)
}
