/** Values that nobody else uses, to be searched for wherever they have no business. */
import { createHash } from "node:crypto"

/** A secret as it stands, and as a careless program would think it hidden. */
const disguises = (value: string): ReadonlyArray<string> => [
  value,
  encodeURIComponent(value),
  JSON.stringify(value).slice(1, -1),
  Buffer.from(value).toString("base64").replace(/=+$/, ""),
  Buffer.from(value).toString("base64url"),
  Buffer.from(value).toString("hex"),
  createHash("sha256").update(value).digest("hex"),
  createHash("sha256").update(value).digest("base64url")
]

export class Canaries {
  private readonly values = new Map<string, string>()
  private readonly codes = new Map<string, RegExp>()

  /** Remembers a value by what it is. */
  keep(name: string, value: string): string {
    this.values.set(name, value)
    return value
  }

  /** Remembers digits. They are so few that longer numbers contain them by chance, and nothing else is searched for. */
  keepCode(name: string, code: string): void {
    this.codes.set(name, new RegExp(`(?<!\\d)${code}(?!\\d)`))
  }

  get count(): number {
    return this.values.size + this.codes.size
  }

  /** The names of those that show in a text, but for the ones that may. */
  foundIn(text: string, allowed: ReadonlyArray<string> = []): ReadonlyArray<string> {
    const lower = text.toLowerCase()
    const codes = [...this.codes].flatMap(([name, code]) => code.test(text) ? [name] : [])
    return codes.concat(
      [...this.values].flatMap(([name, value]) =>
        !allowed.includes(name) && disguises(value).some((disguise) => lower.includes(disguise.toLowerCase()))
          ? [name]
          : []
      )
    )
  }
}
