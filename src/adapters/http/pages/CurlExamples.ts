/** Requests as one types them into a shell. A test runs what is made here: each succeeds as it is printed. */
import { Option } from "effect"
import { exampleOf } from "./Operations.ts"
import type { Operation } from "./Operations.ts"

/** Cuts a member out of a JSON text of one line, the last one of that name, with what every machine has. */
const cut = (member: string): string => String.raw`sed 's/.*"${member}":"\([^"]*\)".*/\1/'`

/** What is in a variable of the shell, because a fixed example can't be right. */
const VARIABLES: Readonly<Record<string, (url: string) => string>> = {
  id: (url) => `SESSION=$(curl -s ${url}/sessions -H "Authorization: Bearer $TOKEN" | ${cut("id")})\n`
}

export const curlExample = (operation: Operation, url: string): string => {
  const { body, method, needsSession, parameters, path, startsSession } = operation
  const inPath = parameters.filter((parameter) => parameter.in === "path")
  const address = inPath.reduce((text, { name }) => text.replace(`{${name}}`, "$SESSION"), path)
  const headers = parameters.filter((parameter) => parameter.in === "header" && parameter.required)
  const methodOption = method === "GET" || (method === "POST" && Option.isSome(body)) ? "" : `-X ${method} `
  const command = [
    `curl ${startsSession ? "-s " : ""}${methodOption}${url}${address}`,
    ...(needsSession ? ["-H \"Authorization: Bearer $TOKEN\""] : []),
    ...headers.map(({ name, schema }) => `-H ${quoted(`${titleCase(name)}: ${exampleOf(schema)}`)}`),
    ...Option.match(body, {
      onNone: () => [],
      onSome: (
        { examples }
      ) => ["-H 'Content-Type: application/json'", `-d ${quoted(jsonText(examples[0]).replaceAll("\n", "\n  "))}`]
    })
  ].join(" \\\n  ")
  const prepared = inPath.map(({ name }) => VARIABLES[name]?.(url) ?? "").join("")
  return prepared + (startsSession ? `TOKEN=$(${command} | ${cut("token")})` : command)
}

/** The JSON of an example, on a line of its own for each member where there are several. */
export const jsonText = (example: unknown): string => {
  const line = JSON.stringify(example)
  return line.length > 60 ? JSON.stringify(example, null, 2) : line
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

const titleCase = (name: string): string => name.replaceAll(/(?:^|-)\w/g, (letter) => letter.toUpperCase())
