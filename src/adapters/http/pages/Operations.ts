/** The operations of the API document, in the form that pages show. */
import { Option, Predicate } from "effect"
import type { JsonSchema } from "effect"
import type { OpenApi } from "effect/http-api"

type Schema = JsonSchema.JsonSchema

export interface Media {
  readonly type: string
  readonly schema: Schema
  /** One example for each kind of body. */
  readonly examples: ReadonlyArray<unknown>
}

export interface Parameter {
  readonly name: string
  readonly in: OpenApi.OpenAPISpecParameter["in"]
  readonly required: boolean
  readonly description: string
  readonly schema: Schema
}

export interface Answer {
  readonly status: string
  readonly description: string
  readonly headers: ReadonlyArray<{ readonly name: string; readonly description: string; readonly example: string }>
  /** Empty when there is no body. */
  readonly media: ReadonlyArray<Media>
}

export interface Operation {
  readonly id: string
  readonly tag: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly body: Option.Option<Media>
  readonly answers: ReadonlyArray<Answer>
  /** Or an API key, where `scope` says so. */
  readonly needsSession: boolean
  /** The scope that it needs an API key with. */
  readonly scope: string | undefined
  /** The server that it alone is at. */
  readonly server: string | undefined
  /** Whether its answer has the secret of a new session. */
  readonly startsSession: boolean
}

export const operationsOf = (document: OpenApi.OpenAPISpec): ReadonlyArray<Operation> =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      isOperation(operation) ? [operationOf(method, path, operation)] : []
    )
  )

const isOperation = (value: unknown): value is OpenApi.OpenAPISpecOperation => Predicate.hasProperty(value, "responses")

const operationOf = (method: string, path: string, operation: OpenApi.OpenAPISpecOperation): Operation => {
  const answers = Object.entries(operation.responses).map(([status, { content, description, headers }]): Answer => ({
    status,
    description,
    headers: Object.entries(headers ?? {}).map(([name, header]) => ({
      name,
      description: textOf(header, "description"),
      example: exampleOf(
        Predicate.hasProperty(header, "schema") && Predicate.isObject(header.schema) ? header.schema : {}
      )
    })),
    media: mediaOf(content)
  }))
  return {
    id: String(operation.operationId),
    tag: operation.tags[0] ?? "",
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? "",
    description: operation.description ?? "",
    parameters: operation.parameters.map(({ description = "", schema, ...parameter }) => ({
      ...parameter,
      description,
      schema: Predicate.isObject(schema) ? schema : {}
    })),
    body: Option.fromUndefinedOr(mediaOf(operation.requestBody?.content)[0]),
    answers,
    needsSession: operation.security.length > 0,
    scope: operation.security[0]?.["api_key"]?.[0],
    server: serverOf(operation),
    startsSession: answers.some(({ media }) =>
      media.some(({ schema }) => referencesOf(schema).includes("StartedSession"))
    )
  }
}

const serverOf = (operation: OpenApi.OpenAPISpecOperation): string | undefined =>
  Predicate.hasProperty(operation, "servers") && Array.isArray(operation.servers)
    ? textOf(operation.servers[0], "url")
    : undefined

const mediaOf = (content: OpenApi.OpenApiSpecContent | undefined): ReadonlyArray<Media> =>
  Object.entries(content ?? {}).map(([type, media]) => ({
    type,
    schema: media.schema,
    examples: Predicate.hasProperty(media, "example")
      ? [media.example]
      : Object.values(
        Predicate.hasProperty(media, "examples") && Predicate.isObject(media.examples) ? media.examples : {}
      )
        .map((example) => Predicate.hasProperty(example, "value") ? example.value : undefined)
  }))

/** The named schemas that a schema refers to. */
export const referencesOf = (schema: unknown): ReadonlyArray<string> =>
  Array.from(JSON.stringify(schema ?? null).matchAll(/#\/components\/schemas\/(\w+)/g), (match) => match[1] ?? "")

export const textOf = (value: unknown, member: string): string =>
  Predicate.hasProperty(value, member) && typeof value[member] === "string" ? value[member] : ""

/** The first example of a parameter or a member, as text. */
export const exampleOf = ({ examples }: Schema): string => Array.isArray(examples) ? String(examples[0]) : ""
