/** The requests of the guide, run by a shell as they are printed, on a management listener. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import * as AdminRouter from "../../../../src/adapters/http/admin/AdminRouter.ts"
import { ListenerState } from "../../../../src/adapters/http/listener/ListenerState.ts"
import * as ManagementServer from "../../../../src/adapters/http/listener/ManagementServer.ts"
import { healthyStore, managementListenerWith } from "../../../support/RunningServer.ts"
import { aKey } from "../../../support/TestAdmin.ts"
import * as TestServices from "../../../support/TestServices.ts"

const PRELUDE = "set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body \"$@\"; }\n"

const noShell = spawnSync("bash", ["-c", "curl --version"]).status !== 0

const guide = readFileSync(new URL("../../../../docs/guides/admin-api.md", import.meta.url), "utf8")

const requests = Array.from(guide.matchAll(/```sh\n([\s\S]*?)```/g), ([, block = ""]) => block)
  .filter((block) => block.includes("curl"))

const listener = Layer.unwrap(Effect.map(AdminRouter.make, (admin) => managementListenerWith({ admin })))

it.live.skipIf(noShell)("every request of the guide succeeds as it is printed", () =>
  Effect.gen(function*() {
    const { port } = yield* ManagementServer.ManagementAddress
    const { secret } = yield* aKey()
    const script = [PRELUDE, ...requests].join("\necho\n")
    const { stdout } = yield* Effect.promise(() =>
      promisify(execFile)("bash", ["-c", script], {
        env: { ...process.env, URL: `http://127.0.0.1:${port}`, KEY: Redacted.value(secret) }
      }).catch((failure) => failure)
    )
    assert.isAtLeast(requests.length, 6)
    assert.include(stdout, "etag: \"1\"")
    assert.include(stdout, "\"display_name\":\"Ada King\"")
    assert.include(stdout, "\"dry_run\":true")
    assert.include(stdout, "\"action\":\"account.updated\"")
    assert.include(stdout, "\"action\":\"api-key.used\"")
  }).pipe(Effect.provide(
    listener.pipe(Layer.provideMerge(TestServices.layer), Layer.provide([ListenerState.layer, healthyStore]))
  )), 60_000)
