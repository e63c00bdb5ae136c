import { assert, describe, expect, it } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { Mails } from "../../../src/domain/mail/Mails.ts"
import type { Account } from "../../../src/domain/model/Account.ts"
import { ChallengeId } from "../../../src/domain/model/Challenge.ts"
import type { Mail, NewMail } from "../../../src/domain/model/Mail.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { Delivery } from "../../../src/ports/Mailer.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import type { MailOutcome } from "../../../src/ports/Outbox.ts"
import { Stores } from "../../../src/ports/Stores.ts"
import { aMail, anAccount, anInsertion, committing, START } from "../../support/builders.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`))

/** A command line, and the stores below it. */
const world = layer().pipe(Layer.provideMerge(Layer.provideMerge(Stores.each, MemoryStores.layer)))

const ada = anAccount({ email: "ada@example.com" })

const of = (account: Account, fields: Partial<NewMail> = {}) =>
  aMail({ to: account.email, accountId: account.id, ...fields })

const queue = Effect.fnUntraced(function*(...mails: ReadonlyArray<Mail>) {
  const accounts = yield* AccountStore
  yield* accounts.insertAccount(committing(anInsertion(ada), { mails }))
})

const settle = Effect.fnUntraced(function*({ id }: Mail, outcome: MailOutcome) {
  const outbox = yield* Outbox
  yield* outbox.claim({ now: START, until: DateTime.addDuration(START, "30 seconds"), limit: 10 })
  yield* outbox.settle({ id, attempt: 1, now: START, outcome })
})

const refused: MailOutcome = { _tag: "Refused", reason: "answered 550 5.1.1 to RCPT TO" }

const jsonOf = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const { run } = yield* CommandLine
  return JSON.parse((yield* run([...args, "--json"])).stdout)
})

describe("list-mails", () => {
  it.effect("shows what became of mails, newest first, of one status or account", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const [first, second, other] = [of(ada), of(ada, { purpose: "recovery" }), aMail()]
      yield* queue(first, second, other)
      yield* settle(second, refused)
      const { stdout } = yield* run(["list-mails"])
      const shown = stdout.split("\n").map((line) => line.split(/ {2,}/).slice(1))
      assert.deepStrictEqual(shown[0], ["PURPOSE", "TO", "STATUS", "ATTEMPTS", "QUEUED", "LAST ERROR"])
      assert.deepStrictEqual(shown[2], [
        "recovery",
        "ada@example.com",
        "refused",
        "1",
        DateTime.formatIso(START),
        refused.reason
      ])
      assert.strictEqual((yield* run(["list-mails", "--status", "refused", "--quiet"])).stdout, second.id)
      const ofAda = yield* run(["list-mails", "--account", "ada@example.com", "--quiet"])
      assert.deepStrictEqual(ofAda.stdout.split("\n"), [second.id, first.id])
      const { mails, next } = yield* jsonOf("list-mails", "--limit", "1", "--account", ada.id)
      assert.deepInclude(mails[0], { id: second.id, account_id: ada.id, last_error: refused.reason, attempts: 1 })
      assert.isString(next)
      const nobody = yield* run(["list-mails", "--status", "expired"])
      assert.deepStrictEqual([nobody.exitCode, nobody.stderr], [0, "There are no such mails."])
    }).pipe(Effect.provide(world)))
})

describe("show-mail", () => {
  it.effect("prints a mail with its secrets, and the audit log notes who saw them", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const challengeId = ChallengeId.make(`chl_${"7".repeat(25)}`)
      const mail = of(ada, { purpose: "recovery", challengeId })
      yield* queue(mail)
      const { exitCode, stderr, stdout } = yield* run(["show-mail", mail.id])
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
      yield* golden("show-mail", stdout.replace(mail.id, "mail_…"))
      assert.match((yield* run(["show-mail", mail.id, "--quiet"])).stdout, /^\d{8} /)
      const { entries } = yield* jsonOf("audit-log", "--action", "mail.shown")
      assert.deepStrictEqual(
        entries.map((
          entry: { readonly account_id: string; readonly actor: unknown }
        ) => [entry.account_id, entry.actor]),
        [[ada.id, { type: "admin", name: "grace" }], [ada.id, { type: "admin", name: "grace" }]]
      )
    }).pipe(Effect.provide(world)))

  it.effect("of an unknown mail is refused", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      assert.strictEqual((yield* run(["show-mail", aMail().id])).exitCode, 3)
      assert.strictEqual((yield* run(["show-mail", "mail_1"])).exitCode, 2)
    }).pipe(Effect.provide(world)))
})

describe("retry-mails", () => {
  it.effect("lets the server send waiting and refused mails now", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const outbox = yield* Outbox
      const [first, second] = [of(ada), of(ada)]
      yield* queue(first, second)
      yield* settle(first, refused)
      const nextAttemptAt = DateTime.addDuration(START, "10 minutes")
      yield* outbox.settle({
        id: second.id,
        attempt: 1,
        now: START,
        outcome: { _tag: "Failed", reason: "answered 450 to RCPT TO", nextAttemptAt }
      })
      const { stdout } = yield* run(["retry-mails"])
      assert.strictEqual(stdout, "The server sends 2 mails now.")
      const due = yield* outbox.claim({ now: START, until: nextAttemptAt, limit: 10 })
      assert.sameMembers(due.map(({ id }) => id), [first.id, second.id])
      assert.deepStrictEqual(yield* jsonOf("retry-mails"), { mails_retried: 0 })
    }).pipe(Effect.provide(world)))
})

describe("send-test-mail", () => {
  const answering = (delivery: Delivery) =>
    layer({
      mails: () =>
        Layer.merge(Layer.mock(Mails, { sendTest: () => Effect.succeed(delivery) }), Layer.mock(Accounts, {}))
    })

  it.effect("says what the mail server answered", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stdout } = yield* run(["send-test-mail", "--to", "ada@example.com"])
      assert.deepStrictEqual(
        [exitCode, stdout],
        [0, "The mail server took a mail to ada@example.com. Look whether it arrives."]
      )
    }).pipe(Effect.provide(answering({ _tag: "Accepted" }))))

  it.effect("fails with the reason if the mail server took no mail", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["send-test-mail", "--to", "ada@example.com"])
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "answered 535 to AUTH PLAIN")
    }).pipe(Effect.provide(answering({ _tag: "Failed", reason: "answered 535 to AUTH PLAIN" }))))

  it.effect("without a mail server is refused, and names the settings", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["send-test-mail", "--to", "ada@example.com"])
      assert.strictEqual(exitCode, 3)
      assert.include(stderr, "IDENTITY_SMTP_URL")
    }).pipe(Effect.provide(world)))
})
