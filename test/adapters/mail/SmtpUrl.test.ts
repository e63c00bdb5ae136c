import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { parse } from "../../../src/adapters/mail/SmtpUrl.ts"

const accepted = [
  ["smtp://mail.example.com", { host: "mail.example.com", port: 587, implicitTls: false, credentials: undefined }],
  ["smtps://mail.example.com/", { host: "mail.example.com", port: 465, implicitTls: true, credentials: undefined }],
  [
    "smtps://u%40a:p%3As@[::1]:2465",
    { host: "::1", port: 2465, implicitTls: true, credentials: { user: "u@a", password: "p:s" } }
  ]
] as const

const refused = [
  ["smtp://secret@mail.example.com", "it needs user and password, or neither"],
  ["smtp://:secret@mail.example.com", "it needs user and password, or neither"],
  ["smtp://user:secret%@mail.example.com", "a % in user or password isn't written %25"],
  ["smtp://mail.example.com/?auth=secret", "something follows the host and port"],
  ["smtp://mail.example.com/secret", "something follows the host and port"],
  ["smtp:///", "it names no host"],
  ["https://mail.example.com", "it isn't an address that begins with smtp or smtps"],
  ["mail.example.com:25", "it isn't an address that begins with smtp or smtps"]
] as const

describe("the address of a mail server", () => {
  it.each(accepted)("%s is read whole", (text, server) => {
    const read = Result.getOrThrow(parse(text))
    const credentials = read.credentials && { ...read.credentials, password: Redacted.value(read.credentials.password) }
    assert.deepStrictEqual({ ...read, credentials }, server)
  })

  it.each(refused)("%s is refused", (text, reason) => {
    assert.deepStrictEqual(parse(text), Result.fail(reason))
  })
})
