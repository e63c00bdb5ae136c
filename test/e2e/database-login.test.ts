/** The login of the database changes while a server runs, as when an operator rotates secrets. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem, Redacted, Schema } from "effect"
import { DisposableServer } from "../adapters/postgres/DisposableServer.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { identity, post, request, serve, untilLogged, untilReadiness } from "./IdentityProcess.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

const credentials = { email: "ada@example.com", password: "correct horse battery staple" }

const Token = Schema.Struct({ token: Schema.String })

layer(DisposableServer.layer, { excludeTestServices: true })("the login of the database", (it) => {
  it.effect(
    "is read again when it is refused: a new password and a new user need no restart, another host does",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const { database, port, url } = yield* DisposableServer
        const secrets = yield* temporaryDirectory("identity-secrets-")
        const write = (login: string, host = "127.0.0.1") =>
          fs.writeFileString(`${secrets}/IDENTITY_DATABASE_URL`, `postgres://${login}@${host}:${port}/${database}\n`)
        const connected = "FROM pg_stat_activity WHERE usename IN ('with_password', 'successor')"
        // Open connections survive a change of the login. A terminated process takes a moment to end.
        const changeLogin = (statement: string) =>
          Effect.andThen(
            execute({ url }, statement),
            execute({ url }, `SELECT pg_terminate_backend(pid, 5000) ${connected}`)
          )
        yield* execute({ url }, "CREATE ROLE with_password SUPERUSER LOGIN PASSWORD 'first'")
        yield* execute({ url }, "CREATE ROLE successor SUPERUSER LOGIN")
        yield* write("with_password:first")
        const variables = { IDENTITY_SECRETS_DIR: secrets, IDENTITY_SIGNING_KEYS: KEY, IDENTITY_WORKERS: "2" }
        yield* identity(["migrate"], variables)
        const server = yield* serve(variables)
        yield* untilReadiness(server, 200)
        yield* post(`${server.url}/accounts`, { ...credentials, display_name: "Ada" })
        const signedIn = yield* post(`${server.url}/sessions`, credentials)
        const { token } = yield* Schema.decodeUnknownEffect(Token)(yield* Effect.promise(() => signedIn.json()))
        // A connection each, so that both workers are asked.
        const headers = { authorization: `Bearer ${token}`, connection: "close" }
        const checks = Effect.forEach(
          Array.from({ length: 8 }),
          () => Effect.map(request(`${server.url}/sessions/me`, { headers }), ({ status }) => status)
        )
        const all = (status: number) => Array.from({ length: 8 }, () => status)
        assert.deepStrictEqual(yield* checks, all(200))

        yield* write("with_password:second")
        yield* changeLogin("ALTER ROLE with_password PASSWORD 'second'")
        assert.deepStrictEqual(yield* checks, all(200))
        yield* untilReadiness(server, 200)

        yield* write("successor")
        yield* changeLogin("ALTER ROLE with_password NOLOGIN")
        assert.deepStrictEqual(yield* checks, all(200))

        yield* write("with_password:third", "localhost")
        yield* changeLogin("ALTER ROLE successor NOLOGIN")
        assert.deepStrictEqual(yield* checks, all(503))
        yield* untilLogged(server, "leads to another database")

        yield* write("with_password:third")
        yield* changeLogin("ALTER ROLE with_password LOGIN PASSWORD 'third'")
        assert.deepStrictEqual(yield* checks, all(200))
        for (const password of ["first", "second", "third"]) assert.notInclude(server.log(), password)
        assert.notInclude(server.log(), Redacted.value(url))
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})
