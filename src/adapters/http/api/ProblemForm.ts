/** What all problems have in common (RFC 9457). */
import { Effect, Schema, String } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { text } from "../../../resources/Text.ts"

export const PROBLEM_MEDIA_TYPE = "application/problem+json"

/** The members that depend on the request a problem answers. */
export interface Occurrence {
  readonly type: string
  readonly detail: string
  readonly request_id: string
}

/** What all problems of one kind share. The page that `type` links to shows `explanation`. */
export interface ProblemKind<Code = string, Status = number> {
  readonly code: Code
  readonly status: Status
  readonly title: string
  readonly explanation: string
}

/** Problems of one kind, which may have members of their own. */
export interface ProblemClass<A, Members = unknown> extends ProblemKind {
  new(members: Occurrence & Members): A
}

/** In JSON Schema a literal is a plain number, for which client generators choose a floating-point type. */
const wholeNumber = Schema.makeFilter<number>(() => undefined, { toJsonSchema: () => ({ type: "integer" }) })

/** The members of all problems. */
export const problemFields = <const Code extends string, const Status extends number>(
  kind: ProblemKind<Code, Status>
) => ({
  type: Schema.String.annotate({
    description: "The address of a page about this kind of problem",
    format: "uri",
    examples: [`https://identity.example/problems/${kind.code}`]
  }),
  title: Schema.String.annotate({ description: "The kind of problem in words", examples: [kind.title] }).pipe(
    Schema.withConstructorDefault(Effect.succeed(kind.title))
  ),
  status: Schema.Literal(kind.status).annotate({ description: "The status of the answer" }).pipe(
    Schema.check(wholeNumber),
    Schema.withConstructorDefault(Effect.succeed(kind.status))
  ),
  detail: Schema.String.annotate({
    description: "What to do about this one, for people",
    examples: [kind.explanation]
  }),
  code: Schema.Literal(kind.code).annotate({ description: "The kind of problem, for programs" }).pipe(
    Schema.withConstructorDefault(Effect.succeed(kind.code))
  ),
  request_id: text("The request's `x-request-id`", "4k1zq3v9t0hc2-1f")
})

const inWords = (code: string): string => String.capitalize(code).replaceAll("-", " ")

/**
 * A class of problems, whose instances have `fields` beside what all problems have. Its title is its code in words, its
 * name the code in PascalCase.
 */
export const problem = <Self>() =>
<
  const Code extends string,
  const Status extends number,
  const Fields extends Schema.Struct.Fields
>(
  code: Code,
  given: Omit<ProblemKind<Code, Status>, "code" | "title"> & { readonly title?: string },
  fields: Fields
) => {
  const kind: ProblemKind<Code, Status> = { code, title: inWords(code), ...given }
  const identifier = String.snakeToPascal(String.kebabToSnake(code))
  const Base = Schema.Error<Self>(identifier)(
    Schema.Struct({ ...problemFields(kind), ...fields }).annotate({
      identifier: `${identifier}Problem`,
      description: kind.title
    }),
    { httpApiStatus: kind.status, description: kind.title }
  )
  return Object.assign(Base, kind)
}

/** Gives a problem its media type. */
export const asProblem = HttpApiSchema.asJson({ contentType: PROBLEM_MEDIA_TYPE })
