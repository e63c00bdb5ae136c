/**
 * Makes the built-in templates out of their words: plain text, and HTML for narrow and wide screens, light and dark.
 * The HTML loads nothing, so nobody learns when a mail is read.
 */
import type { MailPurpose } from "../../../domain/model/Mail.ts"
import { eachPurpose, templateNames } from "./TemplateNames.ts"
import type { LanguageTexts, TemplateTexts } from "./TemplateNames.ts"

/** The words of one mail. They may name what templates may show. */
export interface MailWords {
  readonly subject: string
  /** What it is about, a paragraph each. */
  readonly lead: ReadonlyArray<string>
  /** On the button. Only of mails with a link. */
  readonly action?: string
  /** What to do when the reader hasn't caused this mail, a paragraph each. */
  readonly close: ReadonlyArray<string>
}

/** The words of all mails in one language. */
export interface LanguageWords {
  readonly language: string
  readonly mails: Readonly<Record<MailPurpose, MailWords>>
  /** Before the code. */
  readonly code: string
  /** Before the address, where there is no button. */
  readonly link: string
  /** How long code and link work, and how long a link alone. */
  readonly lifetime: string
  readonly linkLifetime: string
  readonly time: string
  readonly device: string
  readonly ipAddress: string
  /** The last line. */
  readonly automatic: string
}

export const textsOf = ({ mails, ...words }: LanguageWords): LanguageTexts =>
  eachPurpose((purpose) => mailTexts(purpose, mails[purpose], words))

type CommonWords = Omit<LanguageWords, "mails">

const mailTexts = (purpose: MailPurpose, words: MailWords, common: CommonWords): TemplateTexts => {
  const shown = {
    hasCode: templateNames[purpose].includes("code"),
    hasLink: templateNames[purpose].includes("link"),
    words,
    common
  }
  return { subject: `${words.subject}\n`, text: plainText(shown), html: htmlText(shown) }
}

interface Shown {
  readonly hasCode: boolean
  readonly hasLink: boolean
  readonly words: MailWords
  readonly common: CommonWords
}

const plainText = ({ common, hasCode, hasLink, words }: Shown): string => {
  const { automatic, code, device, ipAddress, lifetime, link, linkLifetime, time } = common
  const facts = [["time", time], ["device", device], ["ip_address", ipAddress]].map(([name, label]) =>
    `{{#${name}}}\n${label}: {{${name}}}\n{{/${name}}}`
  )
  return [
    ...words.lead,
    ...(hasCode ? [`${code}: {{code}}`] : []),
    ...(hasLink
      ? [`${hasCode ? link : `${words.action}:`}\n{{link}}`, hasCode ? lifetime : linkLifetime]
      : [facts.join("\n")]),
    ...words.close,
    `-- \n${automatic}\n`
  ].join("\n\n")
}

const paragraphs = (texts: ReadonlyArray<string>): string => texts.map((text) => `<p>${text}</p>`).join("\n")

const htmlText = ({ common, hasCode, hasLink, words }: Shown): string => {
  const { automatic, code, device, ipAddress, language, lifetime, linkLifetime, time } = common
  const facts = [["time", time], ["device", device], ["ip_address", ipAddress]].map(([name, label]) =>
    `{{#${name}}}<tr><th scope="row">${label}</th><td>{{${name}}}</td></tr>{{/${name}}}`
  )
  const answer = [
    ...(hasCode ? [`<p class="label">${code}</p>\n<p class="code">{{code}}</p>`] : []),
    `<p><a class="button" href="{{link}}">${words.action}</a></p>`,
    `<p class="quiet">${hasCode ? lifetime : linkLifetime}</p>`
  ]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${words.subject}</title>
<style>${STYLE}</style>
</head>
<body>
<div class="page">
<p class="service">{{service}}</p>
<div class="card">
<h1>${words.subject}</h1>
${paragraphs(words.lead)}
${hasLink ? answer.join("\n") : `<table class="facts" role="presentation">${facts.join("\n")}</table>`}
<div class="close">
${paragraphs(words.close)}
</div>
</div>
<p class="end">${automatic}</p>
</div>
</body>
</html>
`
}

const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark }
body { margin: 0; padding: 0; background: #f3f5f7; color: #1b1f24; font: 16px/1.6 system-ui, -apple-system, "Segoe UI",
  Roboto, Helvetica, Arial, sans-serif; -webkit-text-size-adjust: 100% }
.page { max-width: 34em; margin: 0 auto; padding: 24px 12px }
.service, .end { color: #57606a; font-size: 14px; padding: 0 20px; margin: 12px 0 }
.service { font-weight: 600; font-size: 16px }
.card { background: #fff; border: 1px solid #d4d9df; border-radius: 8px; padding: 24px 20px }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 16px }
p { margin: 0 0 16px; overflow-wrap: anywhere }
.label { margin-bottom: 4px; color: #57606a; font-size: 14px }
.code { font: 600 30px/1.3 ui-monospace, Menlo, Consolas, monospace; letter-spacing: 3px; margin-bottom: 24px }
.button { display: inline-block; background: #0550ae; color: #fff; font-weight: 600; text-decoration: none;
  padding: 12px 24px; border-radius: 6px }
.quiet { color: #57606a; font-size: 14px }
.facts { border-collapse: collapse; margin: 0 0 16px; font-size: 15px }
.facts th { text-align: left; font-weight: 400; color: #57606a; padding: 4px 16px 4px 0; vertical-align: top }
.facts td { padding: 4px 0; overflow-wrap: anywhere }
.close { border-top: 1px solid #d4d9df; padding-top: 16px; font-size: 14px; color: #57606a }
.close p:last-child { margin-bottom: 0 }
@media (prefers-color-scheme: dark) {
  body { background: #12161b; color: #e3e8ee }
  .card { background: #1d232a; border-color: #39424c }
  .service, .end, .label, .quiet, .close, .facts th { color: #a2acb7 }
  .close { border-color: #39424c }
  .button { background: #8ac0ff; color: #12161b }
}
`
