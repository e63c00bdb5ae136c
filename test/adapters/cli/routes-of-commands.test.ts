/** Programs can do what people can: every command has its route, and every route its command, or a reason why not. */
import { assert, it } from "@effect/vitest"
import { identity } from "../../../src/adapters/cli/Commands.ts"
import { adminEndpoints } from "../../../src/adapters/http/admin/AdminApi.ts"

const AT_THE_MACHINE = "it is about the installation, which a program doesn't reach through the server"
const FILES = "it works on files of any size, which are at the machine"
const SECRET = "a mail has a code that signs in, so only operators at the machine may see it"

/** The routes of a command, or why it has none. */
const routesOf: Readonly<Record<string, ReadonlyArray<string> | string>> = {
  serve: AT_THE_MACHINE,
  migrate: AT_THE_MACHINE,
  prune: AT_THE_MACHINE,
  config: AT_THE_MACHINE,
  doctor: AT_THE_MACHINE,
  "generate-signing-key": AT_THE_MACHINE,
  "mail-templates": AT_THE_MACHINE,
  help: AT_THE_MACHINE,
  "create-account": ["POST /admin/accounts"],
  "show-account": ["GET /admin/accounts/:id"],
  "list-accounts": ["GET /admin/accounts"],
  "update-account": ["PATCH /admin/accounts/:id"],
  "set-password": "a program has no business in knowing the password of a holder, who is mailed a recovery",
  "send-recovery": ["POST /admin/accounts/:id/recovery"],
  "verify-email": ["PATCH /admin/accounts/:id"],
  "unverify-email": ["PATCH /admin/accounts/:id"],
  "disable-account": ["POST /admin/accounts/:id/disable"],
  "enable-account": ["POST /admin/accounts/:id/enable"],
  "delete-account": ["DELETE /admin/accounts/:id"],
  "list-sessions": ["GET /admin/accounts/:id/sessions"],
  "revoke-sessions": [
    "DELETE /admin/accounts/:id/sessions",
    "DELETE /admin/accounts/:id/sessions/:session_id",
    "POST /admin/session-revocations"
  ],
  "rotate-encryption-keys": AT_THE_MACHINE,
  "end-challenges": AT_THE_MACHINE,
  "list-factors": ["GET /admin/accounts/:id/factors"],
  "remove-factor": ["DELETE /admin/accounts/:id/factors/:factor_id"],
  "list-mails": SECRET,
  "show-mail": SECRET,
  "retry-mails": AT_THE_MACHINE,
  "send-test-mail": AT_THE_MACHINE,
  "create-api-key": ["POST /admin/api-keys"],
  "list-api-keys": ["GET /admin/api-keys"],
  "roll-api-key": ["POST /admin/api-keys/:id/roll"],
  "revoke-api-key": ["DELETE /admin/api-keys/:id"],
  "import-accounts": ["POST /admin/imports"],
  "export-accounts": ["GET /admin/exports/accounts"],
  "convert-import": FILES,
  "audit-log": ["GET /admin/audit-log"]
}

it("every command has its routes or a reason, and every route its command", () => {
  const commands = identity.subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))
  const routes = adminEndpoints().map(({ method, path }) => `${method} ${path}`)
  assert.deepStrictEqual(commands.filter((name) => routesOf[name] === undefined), [])
  const reached = commands.flatMap((name) => {
    const entry = routesOf[name] ?? []
    return typeof entry === "string" ? [] : entry
  })
  assert.deepStrictEqual([...new Set(reached)].toSorted(), routes.toSorted())
})
