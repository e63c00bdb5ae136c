import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result, Schema } from "effect"
import { describeTarget, toDriverOptions } from "../../../src/adapters/postgres/PostgresTarget.ts"
import { nearly } from "../../support/texts.ts"

const describeUrl = (url: string) => describeTarget({ url: Redacted.make(url) })

/** A path of dots leads elsewhere in every URL, encoded or not. */
const Name = Schema.String.pipe(
  Schema.check(Schema.isMinLength(1), Schema.makeFilter((text: string) => text.isWellFormed() && !/^\.\.?$/.test(text)))
)

describe("PostgresTarget", () => {
  it("a URL is read as libpq reads it", () => {
    const known: ReadonlyArray<readonly [string, string, number, string]> = [
      ["postgres://ada@db.example/identity", "db.example", 5432, "identity"],
      ["postgresql://ada:p%40ss%2Fword@[::1]:6432/my%20db?sslmode=require", "::1", 6432, "my db"],
      ["postgres:///identity?host=/run/postgresql&port=5433", "/run/postgresql", 5433, "identity"],
      ["postgres://%2Frun%2Fpostgresql/identity", "/run/postgresql", 5432, "identity"],
      ["postgres://ada@", "localhost", 5432, "ada"],
      ["postgres://db.example", "db.example", 5432, "postgres"],
      ["postgres://ada@/identity", "localhost", 5432, "identity"],
      ["postgres://ada@?dbname=identity", "localhost", 5432, "identity"],
      ["postgres://db.example:1/identity?connect_timeout=10", "db.example", 1, "identity"],
      ["postgres://db.example:65535/identity?connect_timeout=&sslmode=verify-full", "db.example", 65_535, "identity"],
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
      ["postgres://ada:secret@db.example/identity?port=65536", /port/],
      ["postgres://ada:secret@db.example/identity?port=000080", /port/],
      ["postgres://ada:secret@db.example/identity?port=80x", /port/],
      ["postgres://ada:secret@db.example/identity?port=x80", /port/],
      ["postgres://ada:secret@db.example/identity?port=", /port/],
      ["secret:postgres://ada@db.example", /must begin with postgres/],
      ["postgres://ada:100%secret@db.example/identity", /percent/],
      ["postgres://ada:secret@db.example/identity?sslmode=secret", /sslmode/],
      ["postgres://ada:secret@db.example/identity?connect_timeout=secret", /connect_timeout/],
      ["postgres://ada:secret@db.example/identity?connect_timeout=10s", /connect_timeout/],
      ["postgres://ada:secret@db.example/identity?connect_timeout=s10", /connect_timeout/]
    ]
    for (const [url, reason] of invalid) {
      const error = Result.getOrThrow(Result.flip(describeUrl(url)))
      assert.match(error.reason, reason)
      assert.notInclude(JSON.stringify(error), "secret")
    }
  })

  it("the server's list of connections shows our name unless the URL has another", () => {
    const nameIn = (url: string) => Result.getOrThrow(describeUrl(url)).applicationName
    assert.strictEqual(nameIn("postgres://db.example"), "identity")
    assert.strictEqual(nameIn("postgres://db.example?application_name=blue"), "blue")
  })

  it("a pooler is in between only if the URL says exactly so", () => {
    const isPooled = (url: string) => Result.getOrThrow(describeUrl(url)).pooled
    assert.isTrue(isPooled("postgres://db.example?pgbouncer=true"))
    assert.isFalse(isPooled("postgres://db.example?pgbouncer=false"))
  })

  it("the database that is asked for goes before the one in the URL", () => {
    const url = Redacted.make("postgres://db.example/identity")
    assert.strictEqual(Result.getOrThrow(describeTarget({ url, database: "other" })).database, "other")
    assert.strictEqual(Result.getOrThrow(describeTarget({ url, database: undefined })).database, "identity")
  })

  it.prop("every name and password finds its way into a URL and back", {
    username: Name,
    password: Schema.String.pipe(Schema.check(Schema.makeFilter((text: string) => text.isWellFormed()))),
    database: Name
  }, ({ database, password, username }) => {
    const encoded = [username, password, database].map(encodeURIComponent)
    const facts = Result.getOrThrow(describeUrl(`postgres://${encoded[0]}:${encoded[1]}@db.example:6432/${encoded[2]}`))
    assert.deepStrictEqual([facts.address, facts.port, facts.database], ["db.example", 6432, database])
  })

  it.prop("whatever is given for a URL is one or is refused without a word of it", {
    text: nearly("postgres://", "canary@", ":canary", "db.example", "?port=", "&sslmode=", "canary", "%2f", "[::1]")
  }, ({ text }) => {
    const described = describeUrl(text)
    if (Result.isFailure(described)) assert.notInclude(described.failure.reason, "canary")
    else assert.isAtLeast(described.success.port ?? 0, 1)
  })

  it("a socket is what it says", () => {
    const socket = { path: "/run/postgresql/.s.PGSQL.5432", username: "ada", database: "identity" }
    assert.deepStrictEqual(Result.getOrThrow(describeTarget(socket)), {
      address: socket.path,
      port: undefined,
      database: "identity",
      applicationName: "identity",
      pooled: false
    })
    assert.strictEqual(toDriverOptions(socket), socket)
  })

  it("the driver gets a host where the URL has none, and the URL as it is otherwise", () => {
    const given: ReadonlyArray<readonly [string, string]> = [
      ["postgres://ada@/identity", "postgres://ada@localhost/identity"],
      ["postgres://ada:p@?host=/run", "postgres://ada:p@localhost?host=/run"],
      ["postgres://ada@#x", "postgres://ada@localhost#x"],
      ["postgres://ada@", "postgres://ada@localhost"],
      ["postgres://ada@db.example/a@/b", "postgres://ada@db.example/a@/b"],
      ["postgres://db.example/?user=a@/b", "postgres://db.example/?user=a@/b"],
      ["see postgres://ada@/identity", "see postgres://ada@/identity"]
    ]
    for (const [url, expected] of given) {
      const options = toDriverOptions({ url: Redacted.make(url), database: "other" })
      assert.strictEqual("url" in options && Redacted.value(options.url), expected)
      assert.strictEqual(options.database, "other")
    }
  })
})
