/** What it takes to write the answer of `GET /sessions/me` as JSON, beside what no way of doing it can avoid. */
import { Schema } from "effect"
import { currentSessionJson, SessionResource, sessionResource } from "../../../src/resources/SessionResource.ts"
import { anAccount, aSession } from "../../support/builders.ts"
import { writing } from "./tasks.ts"
import type { Task } from "./tasks.ts"

const account = anAccount()
const session = aSession(account)
const encode = Schema.encodeSync(Schema.toCodecJson(SessionResource))
const encoded = encode(sessionResource(session, account, session.id))

export const answerEncodings: ReadonlyArray<Task> = [
  writing("writing the answer", () => currentSessionJson(session, account)),
  writing("encoding it by its schema", () => JSON.stringify(encode(sessionResource(session, account, session.id)))),
  writing("`JSON.stringify` of the same, already encoded", () => JSON.stringify(encoded))
]
