/** What somebody with a signing key can do, and that the recipe of docs/operations.md puts an end to it. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import { KeyRing } from "../../src/adapters/crypto/KeyRing.ts"
import { ChallengeId } from "../../src/domain/model/Challenge.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { mailServer } from "../adapters/mail/TestMailServer.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { migratedDatabase } from "./Database.ts"
import { Executable, freePorts, post, request, serve, untilReadiness } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"
import { sendingTo } from "./SendingTo.ts"

const LEAKED = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
const ADA = { email: "ada@example.com", password: "correct horse battery staple" }

const Made = Schema.Struct({ id: ChallengeId })
const Signed = Schema.Struct({ token: Schema.String })

const bodyOf = <A>(response: Response, schema: Schema.Decoder<A>) =>
  Effect.flatMap(Effect.promise(() => response.json()), Schema.decodeUnknownEffect(schema))

/** The code of a recovery that anybody may ask for, computed from the key alone. */
const computedCode = Effect.fnUntraced(function*({ url }: Server) {
  const { id } = yield* bodyOf(yield* post(`${url}/recoveries`, { email: ADA.email }), Made)
  const ring = yield* Schema.decodeEffect(KeyRing)(LEAKED)
  const { code } = yield* Effect.flatMap(TokenSigner, (signer) => signer.signChallenge("recovery", id)).pipe(
    Effect.provide(HmacTokenSigner.layer(ring))
  )
  return { id, code: Redacted.value(code) }
})

const answer = ({ url }: Server, { code, id }: Effect.Success<ReturnType<typeof computedCode>>) =>
  post(`${url}/recoveries/${id}/answer`, { code, new_password: "chosen by somebody else" })

const statusOf = ({ url }: Server, token: string) =>
  Effect.map(request(`${url}/sessions/me`, { headers: { authorization: `Bearer ${token}` } }), ({ status }) => status)

/** The commands of the recipe up to where people are asked for, as they stand there, one block after the other. */
const recipe = (): ReadonlyArray<string> => {
  const page = readFileSync(fileURLToPath(new URL("../../docs/operations.md", import.meta.url)), "utf8")
  const [, section = ""] = /### A signing key leaked\n([^]*?)\n###? /.exec(page) ?? []
  const blocks = Array.from(section.matchAll(/```sh\n([^]*?)```/g), ([, block = ""]) => block)
  return blocks.filter((block) => !block.includes("acct_…"))
}

/** Does what a block says. The server is this test's, not one of systemd. */
const perform = Effect.fnUntraced(function*(
  block: string,
  { directory, said, running, variables }: {
    readonly directory: string
    /** What commands have printed is added here. */
    readonly said: Array<string>
    readonly running: Server
    readonly variables: Variables
  }
) {
  const [, verb] = /systemctl (\w+) identity/.exec(block) ?? []
  if (verb === "stop" || verb === "restart") {
    running.child.kill("SIGTERM")
    yield* running.ended
  }
  if (verb === "start" || verb === "restart") {
    const started = yield* serve(variables)
    yield* untilReadiness(started, 200)
    return started
  }
  if (verb === undefined) {
    const executable = yield* Executable
    const script = `identity() { '${process.execPath}' '${executable}' "$@"; }\ncd '${directory}'\n` +
      block.replaceAll("/etc/identity/secrets", directory)
    const env = { PATH: process.env["PATH"], HOME: directory, ...variables }
    const args = ["-euo", "pipefail", "-c", script]
    said.push((yield* Effect.promise(() => promisify(execFile)("bash", args, { env }))).stdout)
  }
  return running
})

// `date` is GNU's there.
describe.runIf(process.platform === "linux")("a signing key that leaked", () => {
  it.live(
    "takes over accounts by itself, and not any more after what docs/operations.md says",
    () =>
      Effect.gen(function*() {
        const { url } = yield* migratedDatabase
        const directory = yield* temporaryDirectory("identity-leaked-")
        writeFileSync(`${directory}/IDENTITY_SIGNING_KEYS`, LEAKED)
        const variables = {
          ...(yield* sendingTo(yield* mailServer())),
          IDENTITY_DATABASE_URL: Redacted.value(url),
          IDENTITY_SECRETS_DIR: directory,
          IDENTITY_RATE_LIMITS: "off"
        }
        let running = yield* serve(variables, yield* freePorts)
        yield* untilReadiness(running, 200)
        yield* post(`${running.url}/accounts`, { ...ADA, display_name: "Ada" })
        const stolen = yield* answer(running, yield* computedCode(running))
        assert.strictEqual(stolen.status, 200)
        const { token } = yield* bodyOf(stolen, Signed)
        assert.strictEqual(yield* statusOf(running, token), 200)
        const another = yield* computedCode(running)

        const said: Array<string> = []
        for (const block of recipe()) running = yield* perform(block, { directory, said, running, variables })

        assert.include(said.join(""), "Ended 1 code with its link.")
        assert.match(said.join(""), /recovery\.completed .* acct_/)
        assert.notInclude(readFileSync(`${directory}/IDENTITY_SIGNING_KEYS`, "utf8"), LEAKED)
        assert.strictEqual(yield* statusOf(running, token), 401)
        assert.strictEqual((yield* answer(running, another)).status, 410)
        assert.notStrictEqual((yield* answer(running, yield* computedCode(running))).status, 200)
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})
