/** Tables of the members of JSON schemas. */
import { Predicate } from "effect"
import type { JsonSchema } from "effect"
import { textOf } from "./Operations.ts"
import { html, prose } from "./Pages.ts"
import type { Html } from "./Pages.ts"

type Schema = JsonSchema.JsonSchema

/** One row: name, type and meaning. */
export const memberRow = (name: string, note: Html, description: string): Html =>
  html`<tr><th scope="row"><code>${name}</code><small>${note}</small></th><td>${prose(description)}</td></tr>`

export const table = (first: string, rows: ReadonlyArray<Html>, kind = "members"): Html =>
  html`<table class="${kind}"><thead><tr><th scope="col">${first}</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows}
</tbody></table>`

/** For requests: every member is marked as required or optional. */
export const requiredNote = (schema: Schema, required: boolean): Html =>
  html`${typeOf(schema)} · ${required ? html`<b>required</b>` : "optional"}`

/** For responses: only members that may be missing are marked. */
export const presenceNote = (schema: Schema, required: boolean): Html =>
  required ? typeOf(schema) : html`${typeOf(schema)} · not always there`

/** A row for each member, including nested ones. */
export const memberRows = (
  schema: Schema,
  note: (schema: Schema, required: boolean) => Html,
  within = ""
): ReadonlyArray<Html> => {
  const required = Array.isArray(schema["required"]) ? schema["required"] : []
  return Object.entries(Predicate.isObject(schema["properties"]) ? schema["properties"] : {}).flatMap((
    [name, member]
  ) =>
    !Predicate.isObject(member)
      ? []
      : Predicate.isObject(member["properties"])
      ? memberRows(member, note, `${within}${name}.`)
      : [memberRow(`${within}${name}`, note(member, required.includes(name)), textOf(member, "description"))]
  )
}

const typeOf = (schema: Schema): Html => {
  const { $ref, anyOf, default: whenMissing, enum: values, format, items, type } = schema
  if (typeof $ref === "string") {
    const name = $ref.split("/").at(-1) ?? ""
    return html`<a href="#${name}">${name}</a>`
  }
  if (Array.isArray(anyOf)) return joined(anyOf.filter(Predicate.isObject).map(typeOf))
  if (Array.isArray(values)) return joined(values.map((value) => html`<code>${String(value)}</code>`))
  if (type === "array" && Predicate.isObject(items)) return html`list of ${typeOf(items)}`
  const parts = [
    `${String(type)}${typeof format === "string" ? ` (${format})` : ""}`,
    ...rangeOf(schema["minLength"], schema["maxLength"], " characters"),
    ...(type === "integer" ? rangeOf(schema["minimum"], schema["maximum"], "") : []),
    ...(whenMissing === undefined ? [] : [`${String(whenMissing)} if left out`])
  ]
  return html`${parts.join(", ")}`
}

const joined = (choices: ReadonlyArray<Html>): Html =>
  html`${choices.map((choice, index) => index === 0 ? choice : html`or ${choice}`)}`

/** Omits the bounds that every safe integer has. */
const rangeOf = (least: unknown, most: unknown, unit: string): ReadonlyArray<string> =>
  typeof most !== "number" || most === Number.MAX_SAFE_INTEGER
    ? []
    : [typeof least === "number" ? `${least} to ${most}${unit}` : `at most ${most}${unit}`]
