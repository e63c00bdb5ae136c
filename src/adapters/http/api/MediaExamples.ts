/**
 * Complete examples of bodies, composed from the examples of their members. Tools that make requests or mocks from an
 * OpenAPI document use them unchanged.
 */
import { Predicate } from "effect"
import { passkeyExamples } from "./PasskeyExamples.ts"

type Json = Record<string, unknown>

/** Bodies in which members depend on each other. */
const WRITTEN: Readonly<Record<string, unknown>> = {
  ...passkeyExamples,
  AccountChange: { display_name: "Ada King" },
  AccountDeletion: { current_password: "a well kept secret" },
  EmailChangeAnswer: { code: "01234567" },
  EmailChangeReversal: { token: "k20260301-4f9c2a.q2Vn0mXb7cT5wLd8RjZ4yKfH1sGpUeAi3oBvN6xMtQk" },
  EmailChangeRequest: { email: "ada.king@example.com", current_password: "a well kept secret" },
  EmailVerificationAnswer: { code: "01234567" },
  SignInLinkAnswer: { code: "01234567" },
  Elevation: { current_password: "a well kept secret" },
  FactorAnswer: { totp: "012345" },
  FactorConfirmation: { code: "012345" },
  SignUpAnswer: { code: "01234567", password: "a well kept secret", display_name: "Ada Lovelace" },
  RecoveryAnswer: { code: "01234567", new_password: "another well kept secret" },
  PasswordChange: { current_password: "a well kept secret", new_password: "another well kept secret" }
}

/** Gives every body of the document an example. A request's has the required members, a response's has all. */
export const addExamples = (operations: ReadonlyArray<Json>, schemas: Json): void => {
  for (const { requestBody, responses } of operations) {
    illustrate(requestBody, (schema) => exampleOf(schema, schemas, true))
    if (!Predicate.isObject(responses)) continue
    for (const response of Object.values(responses)) illustrate(response, (schema) => exampleOf(schema, schemas, false))
  }
}

const illustrate = (body: unknown, example: (schema: Json) => unknown): void => {
  if (!Predicate.isObject(body) || !Predicate.isObject(body["content"])) return
  for (const media of Object.values(body["content"])) {
    if (!Predicate.isObject(media) || !Predicate.isObject(media["schema"])) continue
    // A stream of lines has no example that fits.
    if (media["schema"]["format"] === "binary") continue
    const kinds = choicesOf(media["schema"])
    if (kinds.length > 1) {
      media["examples"] = Object.fromEntries(kinds.map((kind) => [nameOf(kind), { value: example(kind) }]))
    } else media["example"] = example(media["schema"])
  }
}

const choicesOf = ({ anyOf }: Json): ReadonlyArray<Json> => Array.isArray(anyOf) ? anyOf.filter(Predicate.isObject) : []

const nameOf = ({ $ref }: Json): string => String($ref).split("/").at(-1) ?? ""

const exampleOf = (schema: Json, schemas: Json, onlyRequired: boolean): unknown => {
  const { $ref, enum: values, examples, items, properties, required, type } = schema
  const within = (part: unknown): unknown =>
    Predicate.isObject(part) ? exampleOf(part, schemas, onlyRequired) : undefined
  if ($ref !== undefined) return WRITTEN[nameOf(schema)] ?? within(schemas[nameOf(schema)])
  for (const list of [examples, values]) if (Array.isArray(list)) return list[0]
  if (Predicate.isObject(properties)) {
    const isLeftOut = (name: string) => onlyRequired && !(Array.isArray(required) && required.includes(name))
    return Object.fromEntries(
      Object.entries(properties).flatMap(([name, member]) => isLeftOut(name) ? [] : [[name, within(member)]])
    )
  }
  const [choice] = choicesOf(schema)
  if (choice !== undefined) return within(choice)
  return type === "array" ? [within(items)] : type === "boolean"
}
