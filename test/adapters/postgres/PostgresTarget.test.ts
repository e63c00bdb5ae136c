import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { describeTarget } from "../../../src/adapters/postgres/PostgresTarget.ts"

const describeUrl = (url: string) => describeTarget({ url: Redacted.make(url) })

describe("PostgresTarget", () => {
  it("a URL is read as libpq reads it", () => {
    const known: ReadonlyArray<readonly [string, string, number, string]> = [
      ["postgres://ada@db.example/identity", "db.example", 5432, "identity"],
      ["postgresql://ada:p%40ss%2Fword@[::1]:6432/my%20db?sslmode=require", "::1", 6432, "my db"],
      ["postgres:///identity?host=/run/postgresql&port=5433", "/run/postgresql", 5433, "identity"],
      ["postgres://%2Frun%2Fpostgresql/identity", "/run/postgresql", 5432, "identity"],
      ["postgres://ada@", "localhost", 5432, "ada"],
      ["postgres://db.example?dbname=other&user=ada", "db.example", 5432, "other"]
    ]
    for (const [url, address, port, database] of known) {
      const facts = Result.getOrThrow(describeUrl(url))
      assert.deepStrictEqual(
        { address: facts.address, port: facts.port, database: facts.database, pooled: facts.pooled },
        { address, port, database, pooled: false },
        url
      )
    }
  })

  it("what is wrong with a URL is said without a part of it", () => {
    const invalid: ReadonlyArray<readonly [string, RegExp]> = [
      ["secret", /not a URL/],
      ["mysql://ada:secret@db.example/identity", /postgres:\/\//],
      ["postgres://ada:secret@db.example:0/identity", /port/],
      ["postgres://ada:secret@db.example/identity?port=secret", /port/],
      ["postgres://ada:100%secret@db.example/identity", /percent/],
      ["postgres://ada:secret@db.example/identity?sslmode=secret", /sslmode/],
      ["postgres://ada:secret@db.example/identity?connect_timeout=secret", /connect_timeout/]
    ]
    for (const [url, reason] of invalid) {
      const error = Result.getOrThrow(Result.flip(describeUrl(url)))
      assert.match(error.reason, reason)
      assert.notInclude(JSON.stringify(error), "secret")
    }
  })
})
