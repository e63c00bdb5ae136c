/** The requests of the guide, run by a shell as they are printed, on a management listener. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import * as AdminRouter from "../../../../src/adapters/http/admin/AdminRouter.ts"
import { ListenerState } from "../../../../src/adapters/http/listener/ListenerState.ts"
import * as ManagementServer from "../../../../src/adapters/http/listener/ManagementServer.ts"
import { ApiKeyScope } from "../../../../src/domain/model/ApiKey.ts"
import { healthyStore, managementListenerWith } from "../../../support/RunningServer.ts"
import { aKey } from "../../../support/TestAdmin.ts"
import * as TestServices from "../../../support/TestServices.ts"

const PRELUDE = "set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body \"$@\"; }\n"

const noShell = spawnSync("bash", ["-c", "curl --version"]).status !== 0

const guide = readFileSync(new URL("../../../../docs/guides/admin-api.md", import.meta.url), "utf8")

const requests = Array.from(guide.matchAll(/```sh\n([\s\S]*?)```/g), ([, block = ""]) => block)
  .filter((block) => block.includes("curl"))

const scopes = Array.from(guide.matchAll(/--scope ([a-z:]+)/g), ([, scope = ""]) => scope)

const listener = Layer.unwrap(Effect.map(AdminRouter.make, (admin) => managementListenerWith({ admin })))

const world = listener.pipe(Layer.provideMerge(TestServices.layer), Layer.provide([ListenerState.layer, healthyStore]))

it.live.skipIf(noShell)(
  "every request of the guide succeeds as it is printed, with the key of its first command",
  () =>
    Effect.gen(function*() {
      const { port } = yield* ManagementServer.ManagementAddress
      const { secret } = yield* aKey({ scopes: yield* Schema.decodeUnknownEffect(Schema.Array(ApiKeyScope))(scopes) })
      const script = [PRELUDE, ...requests].join("\n").replace("http://127.0.0.1:9090", `http://127.0.0.1:${port}`)
      const { stdout } = yield* Effect.promise(() =>
        promisify(execFile)("bash", ["-c", script], {
          env: { ...process.env, KEY: Redacted.value(secret) }
        }).catch((failure) => failure)
      )
      assert.isAtLeast(requests.length, 6)
      assert.include(stdout, "etag: \"1\"")
      assert.include(stdout, "\"display_name\":\"Grace Murray Hopper\"")
      assert.include(stdout, "\"factors\":[]")
      assert.include(stdout, "\"dry_run\":true")
      assert.include(stdout, "\"action\":\"account.updated\"")
      assert.include(stdout, "\"action\":\"api-key.used\"")
    }).pipe(Effect.provide(world)),
  60_000
)

it.live("links on the management listener are relative, because nobody configures where that is", () =>
  Effect.gen(function*() {
    const { port } = yield* ManagementServer.ManagementAddress
    const { secret } = yield* aKey()
    const { headers } = yield* Effect.promise(() =>
      fetch(`http://127.0.0.1:${port}/admin/accounts`, {
        method: "POST",
        headers: { authorization: `Bearer ${Redacted.value(secret)}`, "content-type": "application/json" },
        body: JSON.stringify({ email: "ada@example.com", display_name: "Ada" })
      })
    )
    assert.match(headers.get("location") ?? "", /^\/admin\/accounts\/acct_/)
  }).pipe(Effect.provide(world)))
