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

  /** Remembers a value by what it is. */
  keep(name: string, value: string): string {
    this.values.set(name, value)
    return value
  }

  get count(): number {
    return this.values.size
  }

  /** The names of those that show in a text, but for the ones that may. */
  foundIn(text: string, allowed: ReadonlyArray<string> = []): ReadonlyArray<string> {
    const lower = text.toLowerCase()
    return [...this.values].flatMap(([name, value]) =>
      !allowed.includes(name) && disguises(value).some((disguise) => lower.includes(disguise.toLowerCase()))
        ? [name]
        : []
    )
  }
}
