import { assert, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { readFileSync } from "node:fs"
import { AttemptPolicy } from "../../src/domain/limits/AttemptPolicy.ts"

const page = readFileSync(new URL("../../docs/adr/0011-guess-limits.md", import.meta.url), "utf8")

const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600 }

/** `1 minute`, `0.1 seconds` */
const inSeconds = (text: string) => {
  const [amount = "", unit = ""] = text.split(" ")
  return Number(amount) * (SECONDS[unit.replace(/s$/, "")] ?? Number.NaN)
}

it.effect("[ASVS 6.1.1] the documented limits on guesses and sign-ups are those of the server", () =>
  Effect.gen(function*() {
    const policy = yield* AttemptPolicy
    if (policy === "unlimited") return assert.fail("the server has no limits")
    const documented = Array.from(page.matchAll(/^\| ([^|]+) \| ([\d,]+) \| ([^|]+) \| ([^|]+) \|/gm), (row) => ({
      burst: Number(row[2]?.replace(",", "")),
      delay: inSeconds(row[3] ?? ""),
      recovery: inSeconds(row[4] ?? "")
    }))
    const { newcomerAfter, ...limits } = policy
    const inEffect = Object.values(limits).map(({ burst, delay, recovery }) => ({
      burst,
      delay: Duration.toSeconds(delay),
      recovery: Duration.toSeconds(recovery)
    }))
    assert.deepStrictEqual(documented, inEffect)
    assert.include(page, `within ${Duration.toMinutes(newcomerAfter)} minutes`)
  }))
