/**
 * The `Forwarded` header (RFC 7239), read from its end. What a proxy appends is there and well-formed, whatever a
 * client wrote before it. A quotation mark that the client never closes must not swallow the rest.
 */

/** The last hops that the header names, in its order. A hop without an address is an empty string. */
export const forwardedHops = (header: string, hopsMax: number): ReadonlyArray<string> => {
  const hops: Array<string> = []
  for (let end = header.length; end >= 0 && hops.length < hopsMax;) {
    const found = lastElement(header, end)
    if (found === undefined) return ["", ...hops]
    if (found.hop !== undefined) hops.unshift(found.hop)
    end = found.start - 1
  }
  return hops
}

/**
 * The shortest element that ends at a position. A quoted element may contain commas, but that is rare, so only a few
 * are tried.
 */
const lastElement = (header: string, end: number) => {
  let start = end + 1
  for (let tries = 0; tries < COMMAS_MAX && start > 0; tries++) {
    start = start === 1 ? 0 : header.lastIndexOf(",", start - 2) + 1
    const element = header.slice(start, end)
    if (/^[ \t]*$/.test(element)) return { start, hop: undefined }
    if (ELEMENT.test(element)) return { start, hop: hopIn(element) }
  }
  return undefined
}

const COMMAS_MAX = 4

const NAME = "[!#$%&'*+.^_`|~0-9a-z-]+"

/** Accepts a port or an IPv6 address without the required quotation marks, because some proxies leave them out. */
const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*)`

const ELEMENT = new RegExp(String.raw`^[ \t]*(?:${NAME}=${VALUE}[ \t]*(?:;[ \t]*|$))+$`, "i")

const FOR = new RegExp(`(?:^|;)[ \\t]*for=(${VALUE})`, "i")

const hopIn = (element: string): string => {
  const value = FOR.exec(element)?.[1] ?? ""
  return value.startsWith("\"") ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value
}
