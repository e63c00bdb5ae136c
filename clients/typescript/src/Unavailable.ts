export interface UnavailableOptions {
  readonly cause?: unknown
  /** In seconds. */
  readonly retryAfter?: number | undefined
  readonly status?: number | undefined
}

/**
 * The service can't be asked, or not now, or its answer can't be understood. Nobody counts as signed out, and whether a
 * request had an effect is not known.
 */
export class Unavailable extends Error {
  override readonly name: string = "Unavailable"
  readonly code = "unavailable"
  /** After how many seconds it may be asked again. `undefined` if it didn't say. */
  readonly retryAfter: number | undefined
  /** The status of its answer. `undefined` if there was none. */
  readonly status: number | undefined

  constructor(message: string, { cause, retryAfter, status }: UnavailableOptions = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.retryAfter = retryAfter
    this.status = status
  }
}
