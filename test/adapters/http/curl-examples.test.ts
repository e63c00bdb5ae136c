/** The commands of the reference, run by a shell as they are printed. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { promisify } from "node:util"
import { apiDocument } from "../../../src/adapters/http/pages/ReferencePages.ts"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { listening } from "../../support/RunningServer.ts"

/** A command with an unexpected answer ends the script. The commands themselves are unchanged. */
const PRELUDE = "set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body \"$@\"; }\n"

const noShell = spawnSync("bash", ["-c", "curl --version"]).status !== 0

/** In an order in which each can succeed. */
const VISIT = (
  "first-steps getMyAccount getMySession authorize listMySessions paging changeMyAccount versions changeMyAccount idempotency " +
  "startSession endSession endMySession startSession endAllMySessions startSession deleteMyAccount " +
  "createAccount startSession startEmailChange cancelEmailChange elevateMySession enrolMyFactor " +
  "listMyFactors exportMyAccount renameMyFactor removeMyFactor changeMyPassword getMySession getPasskeySignInOptions startEmailVerification startSignUp startRecovery"
).split(" ")

/** They need what is in a mail or what an application shows, are off by default, or are for another listener. */
const MAILED = [
  "answerEmailChange",
  "answerEmailVerification",
  "answerRecovery",
  "answerSignInLink",
  "answerSignUp",
  "completeSignIn",
  "confirmMyFactor",
  "getMyElevationOptions",
  "introspect",
  "resendChallenge",
  "reverseEmailChange",
  "startSignInLink"
]

const text = (markup: string) =>
  markup.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", "\"").replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")

it.live.skipIf(noShell)(
  "every example of the reference succeeds as it is printed, and every operation has one",
  () =>
    Effect.gen(function*() {
      const [port] = yield* freePorts
      const url = `http://127.0.0.1:${port}`
      yield* listening({ port, publicUrl: url })
      const page = yield* Effect.promise(async () => (await fetch(`${url}/docs`)).text())
      const examples = new Map(
        Array.from(
          page.matchAll(/<pre data-example="([^"]+)">([^<]+)<\/pre>/g),
          ([, id, markup]) => [id, text(markup ?? "")]
        )
      )
      assert.deepStrictEqual([...examples.keys()].toSorted(), [...new Set([...VISIT, ...MAILED])].toSorted())
      const ids = Object.values(apiDocument().paths).flatMap(Object.values).map(({ operationId }) => operationId)
      assert.includeMembers([...examples.keys()], ids)

      const script = PRELUDE + VISIT.map((id) => `echo "--- ${id}"\n${examples.get(id)}\necho`).join("\n")
      const { stdout } = yield* Effect.promise(() =>
        promisify(execFile)("bash", ["-c", script]).catch((failure) => failure)
      )
      const done = Array.from(stdout.matchAll(/^--- (.+)$/gm), ([, id]) => id)
      assert.deepStrictEqual(done, VISIT, stdout)
      assert.include(stdout, "\"display_name\":\"Ada Byron\"")
      assert.include(stdout, "\"version\":4")
      assert.strictEqual(new Set(stdout.match(/acct_\w+(?=","email":"grace)/g)).size, 1)
    }),
  60_000
)
