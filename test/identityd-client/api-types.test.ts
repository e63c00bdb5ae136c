import { expect, it } from "@effect/vitest"
import { clientTypes } from "../../scripts/client-types.ts"
import { apiDocument } from "../../src/adapters/http/pages/ReferencePages.ts"

it("clients/typescript/src/api.ts has the types of the document", () =>
  expect(clientTypes(apiDocument())).toMatchFileSnapshot("../../clients/typescript/src/api.ts"))
