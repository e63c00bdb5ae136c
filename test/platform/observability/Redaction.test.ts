import { assert, describe, it } from "@effect/vitest"
import { isSecretName, withoutPersonalData, withoutValues } from "../../../src/platform/observability/Redaction.ts"
import { nearly } from "../../support/texts.ts"

describe("Redaction", () => {
  it("[P8] email addresses are hidden wherever they stand", () => {
    assert.strictEqual(withoutPersonalData("for ada.l+tag@mail.example.co.uk, now"), "for <redacted>, now")
    assert.strictEqual(withoutPersonalData("für zoë@bücher.example!"), "für <redacted>!")
  })

  it("[P8] the credentials of a URL are hidden and its host is not", () => {
    assert.strictEqual(
      withoutPersonalData("postgres://identity:hunter2@db.internal:5432/identity"),
      "postgres://<redacted>@db.internal:5432/identity"
    )
  })

  it("[P8] password hashes are hidden", () => {
    assert.strictEqual(
      withoutPersonalData("row $argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA end"),
      "row <redacted> end"
    )
  })

  it("[P8] API keys are hidden but for their ids", () => {
    const id = `idk_${"7".repeat(25)}`
    assert.strictEqual(
      withoutPersonalData(`got ${id}_${"Ab-_".repeat(11)} from a client`),
      `got ${id}_<redacted> from a client`
    )
    assert.strictEqual(withoutPersonalData(id), id)
  })

  it("[P8] paths of scoped packages stay readable", () => {
    const frame = "at run (file:///srv/node_modules/@effect/sql-pg/dist/PgClient.js:10:2)"
    assert.strictEqual(withoutPersonalData(frame), frame)
  })

  it("[P8] what a library quotes of its input is hidden, quotation marks inside it or not", () => {
    const parse = (text: string) => {
      try {
        return String(JSON.parse(text))
      } catch (error) {
        return String(error)
      }
    }
    for (const canary of ["hunter2", "hun\"ter2", "'hunter2'"]) {
      const message = withoutValues(parse(canary))
      assert.notInclude(message, "unter2")
      assert.include(message, "is not valid JSON")
    }
  })

  it("[P8] what looks like a key or a token in a message is hidden", () => {
    const token = "k1_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9v"
    assert.notInclude(withoutValues(`unknown session ${token}`), token)
  })

  it.prop("[P8] what was hidden stays hidden, and hiding again changes nothing", {
    text: nearly("ada@example.com", "@", "://", "a:b@", "$argon2id$v=19", "example.com", "<redacted>")
  }, ({ text }) => {
    const hidden = withoutPersonalData(text)
    assert.strictEqual(withoutPersonalData(hidden), hidden)
    assert.notInclude(hidden, "ada@example.com")
  })

  it("fields are secret by their name, in any spelling", () => {
    const secret = [
      "password",
      "new_password",
      "currentPassword",
      "session_token",
      "Authorization",
      "set-cookie",
      "apiKey"
    ]
    const open = ["method", "route", "status", "request_id", "idempotency_key", "duration_ms", "account.id"]
    assert.deepStrictEqual(secret.filter((name) => !isSecretName(name)), [])
    assert.deepStrictEqual(open.filter(isSecretName), [])
  })

  it("[ASVS 1.3.12] a long line costs time in proportion to its length", () => {
    const started = performance.now()
    for (const hostile of ["a", "@", "a@", "a.", "://", "$argon2a", "'"]) {
      withoutPersonalData(`@$argon2${hostile.repeat(1_000_000 / hostile.length)}`)
    }
    assert.isBelow(performance.now() - started, 5000)
  })
})
