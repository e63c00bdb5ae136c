/** A server is killed again and again while it sends mails. `npm run test:ha` kills it 200 times. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Random, Redacted, Schedule } from "effect"
import { writeFile } from "node:fs/promises"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { mailServer } from "../adapters/mail/TestMailServer.ts"
import { clientOf, execute } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase } from "../e2e/Database.ts"
import { serve } from "../e2e/IdentityProcess.ts"
import { aMail, anAccount, anInsertion, committing } from "../support/builders.ts"
import { postgresStores } from "../support/stores.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { isFull, printFigures } from "./Extent.ts"

/** How many mails are queued for each server that is killed. */
const MAILS = 12

/** How long the mail server takes to accept a mail, so that kills come in between. */
const ACCEPTING_MS = 25

/** The longest time between the first mail of a server and its end. */
const LIFE_MS = 120

const queue = Effect.gen(function*() {
  const accounts = yield* AccountStore
  const mails = Array.from({ length: MAILS }, () => aMail({ queuedAt: DateTime.nowUnsafe() }))
  yield* accounts.insertAccount(committing(anInsertion(anAccount()), { mails }))
  return mails.map(({ id }) => String(id))
})

/** A machine that is busy with other tests may be slow. */
const patiently = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.retry(effect, { times: 5 })

const idOf = (content: string): string => /^Message-ID: <(mail_\w+)@example\.com>/im.exec(content)?.[1] ?? ""

/** The mail server, and every complete mail that came, with the server that sent it. */
const recordingMailServer = Effect.gen(function*() {
  const record = { life: 0, copies: new Array<{ readonly id: string; readonly life: number }>() }
  const server = yield* mailServer({
    onData: (stream, _session, callback) => {
      let content = ""
      stream.on("data", (chunk: Buffer) => content += chunk.toString())
      stream.on("end", () => {
        record.copies.push({ id: idOf(content), life: record.life })
        setTimeout(callback, ACCEPTING_MS)
      })
    }
  })
  return { record, server }
})

describe("a server that is killed while it sends mails", () => {
  it.live(
    "[P16] loses none, and none comes twice from one server",
    () =>
      Effect.gen(function*() {
        const kills = (yield* isFull) ? 200 : 2
        const { url } = yield* migratedDatabase
        const { record, server } = yield* recordingMailServer
        const directory = yield* temporaryDirectory("identity-ca-")
        yield* Effect.promise(() => writeFile(`${directory}/ca.pem`, server.ca))
        const variables = {
          IDENTITY_DATABASE_URL: Redacted.value(url),
          IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
          IDENTITY_SMTP_URL: `smtp://127.0.0.1:${server.port}`,
          IDENTITY_SMTP_CA: `${directory}/ca.pem`,
          IDENTITY_MAIL_FROM: "accounts@example.com"
        }
        const target = { url }
        /** As if half a minute had passed: the lease and the claims of a dead server end. */
        const passTime = Effect.andThen(
          execute(target, "UPDATE leases SET held_until = now() WHERE name = 'mails'"),
          execute(target, "UPDATE mails SET claimed_until = now() WHERE status = 'waiting'")
        ).pipe(patiently)
        const untilCopies = (count: number) =>
          Effect.repeat(Effect.sync(() => record.copies.length), {
            until: (copies) => copies >= count,
            schedule: Schedule.spaced("2 millis")
          })

        yield* Effect.gen(function*() {
          const queued: Array<string> = []
          const kill = Effect.scoped(Effect.gen(function*() {
            record.life += 1
            const already = record.copies.length
            queued.push(...yield* patiently(queue))
            const sender = yield* serve(variables)
            yield* untilCopies(already + 1)
            yield* Effect.sleep(yield* Random.nextIntBetween(0, LIFE_MS))
            sender.child.kill("SIGKILL")
            yield* sender.died
            yield* passTime
          }))
          yield* Effect.replicateEffect(kill, kills, { discard: true })
          record.life += 1
          yield* serve(variables)
          const { mailBacklog } = yield* Directory
          yield* Effect.repeat(patiently(mailBacklog(DateTime.nowUnsafe())), {
            until: ({ waiting }) => waiting === 0,
            schedule: Schedule.spaced("50 millis")
          })

          const ids = record.copies.map(({ id }) => id)
          const lost = queued.filter((id) => !ids.includes(id))
          const byServer = new Set(record.copies.map(({ id, life }) => `${id} ${life}`))
          yield* printFigures("killed senders", {
            kills,
            mails: queued.length,
            lost: lost.length,
            twice: ids.length - new Set(ids).size
          })
          assert.deepStrictEqual(lost, [])
          assert.strictEqual(byServer.size, record.copies.length)
        }).pipe(Effect.provide(Layer.fresh(postgresStores.pipe(Layer.provide(clientOf(target))))))
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    1_800_000
  )
})
