/** Headers of responses that no endpoint declares, because every exchange sets them. */
type Json = Record<string, unknown>

const header = (type: string, description: string, example: unknown): Json => ({
  description,
  schema: { type, examples: [example] }
})

/** By the status of the response. */
export const generalHeaders = (status: string): Json => ({
  "x-request-id": header(
    "string",
    "The request's `x-request-id` if that is acceptable, else a new one",
    "4k1zq3v9t0hc2-1f"
  ),
  ...(status === "401" ? { "www-authenticate": header("string", "How to authenticate", "Bearer") } : {}),
  ...(status === "429" || status === "503"
    ? { "retry-after": header("integer", "The seconds to wait before trying again", status === "429" ? 60 : 1) }
    : {})
})
