/** The settings of mail, and the rules between them. */
import { Array, Effect, FileSystem, Option, Result, Schema } from "effect"
import { builtInLanguages } from "../../domain/model/Mail.ts"
import type { RawValues } from "../../platform/configuration/Configuration.ts"
import type { SettingsTable } from "../../platform/configuration/Setting.ts"
import { checkReadable } from "../../platform/configuration/Sources.ts"
import * as Syntax from "../../platform/configuration/Syntax.ts"
import { problemIf } from "../../platform/process/CommandFailed.ts"
import type { SettingProblem } from "../../platform/process/CommandFailed.ts"
import { MailboxText } from "./Mailbox.ts"
import { isLoopback, parse } from "./SmtpUrl.ts"

const SmtpUrlText = Schema.RedactedFromValue(
  Schema.String.check(Schema.makeFilter((text) =>
    Result.match(parse(text), {
      onSuccess: () => undefined,
      onFailure: (reason) => `must be written smtps://user:password@host:465 or smtp://host:587, but ${reason}`
    })
  ))
)

const LINK_FORM = "must be an http or https address with {purpose} in it and without a fragment"

const isLinkUrl = (text: string): boolean => {
  const url = Syntax.httpUrl(text)
  return url?.username === "" && url.password === "" && text.includes("{purpose}") && !url.host.includes("purpose") &&
    !text.includes("#")
}

export const mailSettings = {
  IDENTITY_SMTP_URL: {
    schema: Schema.optionalKey(SmtpUrlText),
    secret: true,
    description: "The mail server: `smtps://user:password@host:465`, or `smtp://host:587` with STARTTLS. Without it, " +
      "mails wait."
  },
  IDENTITY_SMTP_TLS: {
    schema: Syntax.OneOf(["required", "opportunistic"]),
    fallback: "required",
    description: "`opportunistic` sends in clear where the server has no STARTTLS. Where it has, its certificate is " +
      "checked as with `required`. Only for a server on loopback."
  },
  IDENTITY_SMTP_CA: {
    schema: Schema.optionalKey(Syntax.Text),
    description: "File with the authorities of the mail server in PEM. Without it, those of the system are trusted."
  },
  IDENTITY_MAIL_FROM: {
    schema: Schema.optionalKey(MailboxText),
    description: "Sender of all mails, such as `Example <accounts@example.com>`. Required with a mail server."
  },
  IDENTITY_MAIL_LINK_URL: {
    schema: Schema.optionalKey(
      Schema.String.check(Schema.makeFilter((text) => isLinkUrl(text) ? undefined : LINK_FORM))
    ),
    description: "Where links in mails lead, with `{purpose}` in it: `https://app.example.com/account/{purpose}`. " +
      "The answer is in the fragment. Without it, they lead to pages of this server."
  },
  IDENTITY_MAIL_TEMPLATES: {
    schema: Schema.optionalKey(Syntax.Text),
    description: "Directory with templates of mails, which `identity mail-templates` writes and checks."
  },
  IDENTITY_MAIL_LANGUAGE: {
    schema: Syntax.Text,
    fallback: "en",
    description: "Language of mails to people whose own isn't known: `en`, `de`, or one of the templates."
  },
  IDENTITY_NOTIFICATIONS: {
    schema: Syntax.OneOf(["on", "off"]),
    fallback: "on",
    description:
      "Whether holders are told by mail of changes to their accounts and of sign-ins from new devices. Only with a " +
      "mail server."
  },
  IDENTITY_SIGN_IN_LINKS: {
    schema: Syntax.OneOf(["on", "off"]),
    fallback: "off",
    description: "Whether people may sign in by a code or a link that is mailed to them, instead of their password."
  },
  IDENTITY_EMAIL_VERIFICATION: {
    schema: Syntax.OneOf(["off", "optional", "required"]),
    fallback: (textOf) => textOf("IDENTITY_SMTP_URL") === undefined ? "off" : "optional",
    description:
      "Whether holders can verify their email, and with `required` have to: then people sign up by `POST /sign-ups`, " +
      "and an unverified account gets no session."
  }
} satisfies SettingsTable

export const checkMailSettings = Effect.fnUntraced(function*(raw: RawValues) {
  const { isGiven, textOf } = raw
  const server = Result.getOrUndefined(parse(textOf("IDENTITY_SMTP_URL") ?? ""))
  return [
    ...problemIf(
      isGiven("IDENTITY_SMTP_URL") && !isGiven("IDENTITY_MAIL_FROM"),
      "IDENTITY_MAIL_FROM",
      "is missing: with IDENTITY_SMTP_URL it is required"
    ),
    ...problemIf(
      server !== undefined && textOf("IDENTITY_SMTP_TLS") === "opportunistic" && !isLoopback(server.host),
      "IDENTITY_SMTP_TLS",
      "must be required: only to a mail server on loopback may mails go in clear"
    ),
    ...(yield* checkAuthorities(raw)),
    ...(yield* checkTemplates(raw))
  ]
})

const CA = "IDENTITY_SMTP_CA"

const checkAuthorities = Effect.fnUntraced(function*(raw: RawValues) {
  const unreadable = yield* checkReadable(raw, CA, "File")
  const file = raw.textOf(CA)
  if (file === undefined || unreadable.length > 0) return unreadable
  return yield* readAuthorities(file).pipe(
    Effect.flatMap((ca) =>
      Effect.try({
        try: () => process.getBuiltinModule("node:tls").createSecureContext({ ca }),
        catch: () => undefined
      })
    ),
    Effect.as([]),
    Effect.orElseSucceed((): ReadonlyArray<SettingProblem> => [
      { name: CA, problem: "must name a file with certificates in PEM" }
    ])
  )
})

/** Fails if there is no certificate in the file, because an empty list would mean that none is trusted. */
export const readAuthorities = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file)
  return yield* Effect.fromOption(Option.liftPredicate(text, (pem) => pem.includes("-----BEGIN CERTIFICATE-----")))
})

const TEMPLATES = "IDENTITY_MAIL_TEMPLATES"

/** Mustache is loaded only if there is something to check. */
const checkTemplates = Effect.fnUntraced(function*(raw: RawValues) {
  const unreadable = yield* checkReadable(raw, TEMPLATES, "Directory")
  if (unreadable.length > 0) return unreadable
  const folder = raw.textOf(TEMPLATES)
  const language = raw.textOf("IDENTITY_MAIL_LANGUAGE") ?? ""
  if (folder === undefined) {
    return problemIf(!builtInLanguages.some((known) => known === language), "IDENTITY_MAIL_LANGUAGE", NO_TEMPLATES)
  }
  const { read } = yield* Effect.promise(() => import("./templates/TemplateFolder.ts"))
  return yield* read(folder).pipe(
    Effect.map(({ problems, templates }) => [
      ...Array.match(problems, {
        onEmpty: (): ReadonlyArray<SettingProblem> => [],
        onNonEmpty: ([{ file, problem }, ...others]) => [
          {
            name: TEMPLATES,
            problem: `names a directory where ${file} ${problem}${
              others.length === 0 ? "" : `, and ${others.length} more`
            } (\`identity mail-templates --check\` lists all)`
          }
        ]
      }),
      ...problemIf(!templates.has(language), "IDENTITY_MAIL_LANGUAGE", NO_TEMPLATES)
    ]),
    Effect.orElseSucceed(() => [
      { name: TEMPLATES, problem: "must name a directory whose files can all be read" }
    ])
  )
})

const NO_TEMPLATES = `must be ${builtInLanguages.join(", ")}, or the name of a directory in IDENTITY_MAIL_TEMPLATES`
