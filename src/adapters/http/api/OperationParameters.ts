import { OpenApi } from "effect/http-api"

/** One parameter of an operation, with the parts of its description that are known. */
export type ParameterDescription =
  & Pick<OpenApi.OpenAPISpecParameter, "in" | "name">
  & Partial<OpenApi.OpenAPISpecParameter>

/**
 * Adds to the document what an endpoint's declaration can't say about its parameters, and the parameters that are read
 * without being declared.
 */
export const withParameters = (...additions: ReadonlyArray<ParameterDescription>) =>
  OpenApi.annotations({
    transform: (operation) => {
      const declared: ReadonlyArray<ParameterDescription> = operation["parameters"]
      const parameters = new Map(declared.map((one) => [one.name, one]))
      for (const one of additions) {
        const declaration = parameters.get(one.name) ?? { ...one, schema: { type: "string" }, required: false }
        parameters.set(one.name, { ...declaration, ...one })
      }
      return { ...operation, parameters: [...parameters.values()] }
    }
  })
