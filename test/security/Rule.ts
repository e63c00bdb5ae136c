/** What the service is held to, and what it deliberately does not meet. */

export interface Rule {
  /** As titles of tests name them; each needs a test. */
  readonly ids: ReadonlyArray<string>
  readonly statement: string
}

export interface Chapter {
  readonly title: string
  readonly rules: ReadonlyArray<Rule>
}

export interface Deviation {
  readonly id: string
  readonly difference: string
  readonly reason: string
}

/** Requirements of OWASP ASVS 5.0.0 that one statement covers. */
export const asvs = (numbers: string, statement: string): Rule => ({
  ids: numbers.split(", ").map((number) => number.startsWith("N") ? number : `ASVS ${number}`),
  statement
})

export const promise = (id: string, statement: string): Rule => ({ ids: [id], statement })
