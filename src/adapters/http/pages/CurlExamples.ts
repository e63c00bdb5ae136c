/** Requests as `curl` commands. A test runs each of them exactly as printed, and it has to succeed. */
import { Option } from "effect"
import { exampleOf } from "./Operations.ts"
import type { Media, Operation } from "./Operations.ts"

/** Extracts the last member with a name from one line of JSON, with tools that every machine has. */
const cut = (member: string): string => String.raw`sed 's/.*"${member}":"\([^"]*\)".*/\1/'`

/** Values that come from shell variables, because no fixed example could be right. */
const VARIABLES: Readonly<Record<string, (url: string) => string>> = {
  session: (url) => `SESSION=$(curl -s ${url}/sessions -H "Authorization: Bearer $TOKEN" | ${cut("id")})\n`,
  factor: (url) => `FACTOR=$(curl -s ${url}/accounts/me/factors -H "Authorization: Bearer $TOKEN" | ${cut("id")})\n`,
  challenge: () => "CHALLENGE=... # the `id` of the challenge\n",
  "if-match": (url) =>
    String.raw`VERSION=$(curl -s ${url}/accounts/me -H "Authorization: Bearer $TOKEN" | ` +
    String.raw`sed 's/.*"version":\([0-9]*\).*/\1/')` + "\n"
}

export const curlExample = (operation: Operation, site: string): string => {
  const { answers, body, method, needsSession, parameters, path, scope, server, startsSession } = operation
  const url = server ?? site
  if (scope !== undefined) return adminExample(operation, url)
  const isInHeaders = answers.some(({ media, status }) => status === "200" && media.length === 0)
  const inPath = parameters.filter((parameter) => parameter.in === "path")
  // What the id in an address is of.
  const kind = path.startsWith("/sessions/") ? "session" : path.includes("/factors/") ? "factor" : "challenge"
  const address = inPath.reduce((text, { name }) => text.replace(`{${name}}`, `$${kind.toUpperCase()}`), path)
  const headers = parameters.filter((parameter) => parameter.in === "header" && parameter.required)
  const methodOption = method === "GET" || (method === "POST" && Option.isSome(body)) ? "" : `-X ${method} `
  const command = [
    `curl ${startsSession ? "-s " : isInHeaders ? "-i " : ""}${methodOption}${url}${address}`,
    ...(needsSession ? ["-H \"Authorization: Bearer $TOKEN\""] : []),
    ...headers.map(({ name, schema }) =>
      name === "if-match"
        ? String.raw`-H "If-Match: \"$VERSION\""`
        : `-H ${quoted(`${titleCase(name)}: ${exampleOf(schema)}`)}`
    ),
    ...Option.toArray(body).flatMap(dataOptions)
  ].join(" \\\n  ")
  const prepared = [...inPath.map(() => kind), ...headers.map(({ name }) => name)].map((name) =>
    VARIABLES[name]?.(url) ?? ""
  ).join("")
  return prepared + (startsSession ? `TOKEN=$(${command} | ${cut("token")})` : command)
}

/** Its ids come from earlier answers. Any version is changed. */
const adminExample = ({ body, method, parameters, path }: Operation, url: string): string => {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`)
  const needsVersion = parameters.some(({ name }) => name === "if-match")
  return [
    `curl ${method === "GET" ? "" : `-X ${method} `}"${url}${address}"`,
    "-H \"Authorization: Bearer $KEY\"",
    ...(needsVersion ? ["-H 'If-Match: *'"] : []),
    ...Option.toArray(body).flatMap(dataOptions)
  ].join(" \\\n  ")
}

const dataOptions = ({ examples, type }: Media): ReadonlyArray<string> =>
  type === "application/x-www-form-urlencoded"
    ? ["--data-urlencode \"token=$TOKEN\""]
    : [
      `-H 'Content-Type: ${type}'`,
      examples.length === 0
        ? "--data-binary @accounts.ndjson"
        : `-d ${quoted(jsonText(examples[0]).replaceAll("\n", "\n  "))}`
    ]

/** The JSON of an example. Several members get a line each. */
export const jsonText = (example: unknown): string => {
  const line = JSON.stringify(example)
  return line.length > 60 ? JSON.stringify(example, null, 2) : line
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

const titleCase = (name: string): string => name.replaceAll(/(?:^|-)\w/g, (letter) => letter.toUpperCase())
