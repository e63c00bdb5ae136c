/**
 * Where a request that acts by a cookie may come from.
 *
 * A browser sends its cookies along whichever page causes the request, so a cookie alone does not prove that the
 * person wanted it (cross-site request forgery, ASVS 3.5.1). Browsers also tell, in headers no page can forge, where a
 * request comes from: `Sec-Fetch-Site` first, then `Origin`. `SameSite=Strict` on the cookie is the second line.
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
 * Whether a request that acts by the cookie comes from where it may: a browser says so, or nothing may change.
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
 * Whether a browser says that a foreign page sent a request that asks for the cookie. Such a page could sign its
 * visitor in to an account of its own and watch what they do there (login CSRF). Programs that say nothing of where
 * they are have no visitor to deceive.
 */
export const comesFromForeignOrigin = (
  request: RequestHead,
  origins: AllowedOrigins["Service"]
): boolean => {
  const { origin, "sec-fetch-site": site } = request.headers
  return (origin !== undefined || site !== undefined) && !comesFromOwnOrigin(request, origins)
}
