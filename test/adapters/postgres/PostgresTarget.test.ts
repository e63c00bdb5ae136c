import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result, Schema } from "effect"
import { describeTarget, leadsToSame, loginOf } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import { nearly } from "../../support/texts.ts"

const describeUrl = (url: string) => describeTarget({ url: Redacted.make(url) })

const Name = Schema.String.pipe(
  Schema.check(Schema.isMinLength(1), Schema.makeFilter((text: string) => text.isWellFormed()))
)

describe("PostgresTarget", () => {
  it("a URL is read as libpq reads it", () => {
    const known: ReadonlyArray<readonly [string, string, string | undefined]> = [
      ["postgres://ada@db.example/identity", "db.example:5432", "identity"],
      ["postgresql://ada:p%40ss%2Fword@[::1]:6432/my%20db?sslmode=require", "::1:6432", "my db"],
      ["postgres:///identity?host=/run/postgresql&port=5433", "/run/postgresql:5433", "identity"],
      ["postgres://%2Frun%2Fpostgresql/identity", "/run/postgresql:5432", "identity"],
      ["postgres://ada@", "localhost:5432", "ada"],
      ["postgres://db.example", "db.example:5432", undefined],
      ["postgres://ada@/identity", "localhost:5432", "identity"],
      ["postgres://ada@?dbname=identity", "localhost:5432", "identity"],
      ["postgres://db.example:1/identity?connect_timeout=10", "db.example:1", "identity"],
      ["postgres://db.example:65535/identity?connect_timeout=&sslmode=verify-full", "db.example:65535", "identity"],
      ["postgres://db.example?dbname=other&user=ada", "db.example:5432", "other"],
      ["postgres://ada:p@ss@db.example/a%40%2Fb?", "db.example:5432", "a@/b"],
      ["postgres://h1:1,h2,[::1]:3/identity?target_session_attrs=read-write", "h1:1 h2:5432 ::1:3", "identity"],
      ["postgres://h1:1,h2:2/identity?port=7", "h1:7 h2:7", "identity"],
      ["postgres:///identity?host=h1,/run&port=1,2&", "h1:1 /run:2", "identity"]
    ]
    for (const [url, hosts, database] of known) {
      const facts = Result.getOrThrow(describeUrl(url))
      const places = facts.hosts.map(({ address, port }) => `${address}:${port}`).join(" ")
      assert.deepStrictEqual([places, facts.database, facts.pooled], [hosts, database, false], url)
    }
  })

  it("a URL says how a connection is encrypted", () => {
    const encryptionIn = (query: string) => Result.getOrThrow(describeUrl(`postgres://db.example?${query}`)).encryption
    const none = { rootCertificate: undefined, client: undefined }
    assert.deepStrictEqual(encryptionIn(""), { ...none, mode: "prefer" })
    for (const mode of ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const) {
      assert.deepStrictEqual(encryptionIn(`sslmode=${mode}`), { ...none, mode })
    }
    assert.deepStrictEqual(encryptionIn("sslrootcert=system"), {
      mode: "verify-full",
      rootCertificate: "system",
      client: undefined
    })
    assert.deepStrictEqual(encryptionIn("sslmode=require&sslrootcert=/ca.pem&sslcert=/c%20c.pem&sslkey=k"), {
      mode: "require",
      rootCertificate: "/ca.pem",
      client: { certificate: "/c c.pem", key: "k" }
    })
  })

  it("the rest of a URL is read as well", () => {
    const { connectTimeout, options } = Result.getOrThrow(
      describeUrl("postgres://db.example?options=-c%20search_path%3Da+b&connect_timeout=3")
    )
    assert.deepStrictEqual([options, connectTimeout], ["-c search_path=a+b", 3])
    const login = (url: string) => {
      const { password, username } = Result.getOrThrow(loginOf({ url: Redacted.make(url) }))
      return [username, password === undefined ? undefined : Redacted.value(password)]
    }
    assert.deepStrictEqual(login("postgres://ada:p%40ss%2Fword@db.example"), ["ada", "p@ss/word"])
    assert.deepStrictEqual(login("postgres://ada@db.example?user=bob&password=p+q"), ["bob", "p+q"])
    assert.deepStrictEqual(login("postgres://db.example"), [undefined, undefined])
  })

  it("what is wrong with a URL is said without a part of it", () => {
    const invalid: ReadonlyArray<readonly [string, RegExp]> = [
      // The password is `p@ss/wo#rd`, and the host would be `ss`.
      ["postgres://ada:p@ss/wo#rd@db.example:5432/identity", /not percent-encoded/],
      ["postgres://ada:p@ss/word@db.example/identity", /not percent-encoded/],
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
      ["postgres://ada:secret@db.example/identity?connect_timeout=s10", /connect_timeout/],
      ["postgres://ada:secret@db.example?sslmod=require", /the parameter sslmod, which is not known here$/],
      ["postgres://ada:secret@db.example?channel_binding=require", /the parameter channel_binding, which/],
      ["postgres://ada:a?secret=@db.example", /has a parameter, which is not known/],
      ["postgres://db.example?password=a&secret=b", /has a parameter, which is not known/],
      ["postgres://ada:secret@db.example?sslmode", /the parameter sslmode without a value/],
      ["postgres://ada:secret@db.example?sslrootcert=system&sslmode=require", /sslrootcert=system/],
      ["postgres://ada:secret@db.example?sslcert=/secret", /an sslcert without an sslkey/],
      ["postgres://ada:secret@db.example?sslkey=/secret", /an sslkey without an sslcert/],
      ["postgres://ada:secret@db.example?target_session_attrs=standby", /target_session_attrs/],
      ["postgres://ada:secret@db.example?pgbouncer=secret", /pgbouncer/],
      ["postgres://ada:secret@h1,h2/identity?port=1,2,3", /port for each host/],
      ["postgres://ada:secret@h1,h2:x/identity", /port/],
      ["postgres://ada:secret@a b/identity", /host/]
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
    const url = Redacted.make(`postgres://${encoded[0]}:${encoded[1]}@db.example:6432/${encoded[2]}`)
    const facts = Result.getOrThrow(describeTarget({ url }))
    const login = Result.getOrThrow(loginOf({ url }))
    assert.deepStrictEqual(facts.hosts, [{ address: "db.example", port: 6432 }])
    assert.strictEqual(facts.database, database)
    assert.strictEqual(login.username, username)
    assert.strictEqual(login.password === undefined ? "" : Redacted.value(login.password), password)
  })

  it.prop("whatever is given for a URL is one or is refused without a word of it", {
    text: nearly("postgres://", "canary@", ":canary", "db.example", "?port=", "&sslmode=", "canary", "%2f", "[::1]")
  }, ({ text }) => {
    const described = describeUrl(text)
    // Of a parameter, the name is told.
    if (Result.isFailure(described)) assert.notInclude(described.failure.reason.replace(/parameter \w+/, ""), "canary")
    else assert.isAtLeast(described.success.hosts[0].port ?? 0, 1)
  })

  it("two URLs lead to the same if they differ in the login alone", () => {
    const same = (one: string, other: string) => leadsToSame(Redacted.make(one), Redacted.make(other))
    assert.isTrue(same("postgres://ada:a@h1,h2/identity", "postgres://bob:b@h1,h2/identity?password=c"))
    assert.isFalse(same("postgres://ada@h1,h2/identity", "postgres://ada@h2,h1/identity"))
    assert.isFalse(same("postgres://ada@h1/identity", "postgres://ada@h1/identity?sslmode=disable"))
    assert.isFalse(same("postgres://ada@h1/identity", "no URL"))
    assert.isFalse(same("no URL", "no URL"))
  })

  it("a socket is what it says", () => {
    const socket = { path: "/run/postgresql/.s.PGSQL.5432", username: "ada", database: "identity" }
    assert.deepStrictEqual(Result.getOrThrow(describeTarget(socket)), {
      hosts: [{ address: socket.path, port: undefined }],
      database: "identity",
      encryption: { mode: "disable", rootCertificate: undefined, client: undefined },
      applicationName: "identity",
      options: undefined,
      connectTimeout: undefined,
      pooled: false
    })
    assert.deepStrictEqual(Result.getOrThrow(loginOf(socket)), { username: "ada", password: undefined })
  })
})
