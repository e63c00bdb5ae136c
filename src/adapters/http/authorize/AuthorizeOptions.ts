/**
 * What a gateway asks for besides a live session. An option that isn't understood is refused: a gateway that misspells
 * `aal=2` must not let everybody in.
 */
import { remember } from "../../../kernel/Memo.ts"

export interface AuthorizeOptions {
  /** Whether the answer has the account's email. */
  readonly email: boolean
  /** Whether the answer has the account's display name. */
  readonly name: boolean
  /** The least authenticator assurance level. */
  readonly aal: 1 | 2
  /** Whether the email has to be verified. */
  readonly verified: boolean
  /** Whether a navigation without a session is sent to sign in. */
  readonly redirect: boolean
}

/** The option that isn't understood, and what is wrong with it. */
export interface UnknownOption {
  readonly unknown: string
  readonly problem: string
}

export const NO_OPTIONS: AuthorizeOptions = { email: false, name: false, aal: 1, verified: false, redirect: false }

/** Texts come from gateways, which send few. Others only replace them in the cache. */
const TEXTS_MAX = 100

/** Parses a query without its question mark. */
export const optionsInQuery = remember(TEXTS_MAX, (query: string) => optionsIn([...new URLSearchParams(query)]))

/** Parses a header such as `claims=email,name; aal=2`. */
export const optionsInHeader = remember(TEXTS_MAX, (header: string) =>
  optionsIn(
    header.split(";").map((option) => {
      const [name = "", ...value] = option.trim().split("=")
      return [name, value.join("=")]
    })
  ))

const optionsIn = (given: ReadonlyArray<readonly [name: string, value: string]>): AuthorizeOptions | UnknownOption => {
  const options = { ...NO_OPTIONS }
  const seen = new Set<string>()
  for (const [name, value] of given) {
    const read = readers.get(name)
    const option = seen.has(name) ? undefined : read?.(value)
    if (option === undefined) return { unknown: name, problem: read === undefined ? NO_OPTION : NO_VALUE }
    Object.assign(options, option)
    seen.add(name)
  }
  return options
}

type Reader = (value: string) => Partial<AuthorizeOptions> | undefined

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["claims", (value) => {
    const claims = value.split(",")
    return claims.every((claim) => claim === "email" || claim === "name")
      ? { email: claims.includes("email"), name: claims.includes("name") }
      : undefined
  }],
  ["aal", (value) => value === "1" ? { aal: 1 } : value === "2" ? { aal: 2 } : undefined],
  ["verified", (value) => isSwitch(value) ? { verified: value === "1" } : undefined],
  ["redirect", (value) => isSwitch(value) ? { redirect: value === "1" } : undefined]
])

const NO_OPTION = `is no option: there are ${[...readers.keys()].join(", ")}`
const NO_VALUE = "must be given once, with a value that it can have"

const isSwitch = (value: string): boolean => value === "0" || value === "1"
