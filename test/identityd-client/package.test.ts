/** `identityd-client` as it is published: its size, its types, and where it runs. */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { createContext, runInContext } from "node:vm"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import manifest from "../../clients/typescript/package.json" with { type: "json" }
import service from "../../package.json" with { type: "json" }
import { browser, noBrowser } from "../support/Browser.ts"
import { anEmail } from "../support/builders.ts"
import { areAbsent, compiled, OLDEST_NODE, published } from "./Package.ts"
import { Service } from "./Service.ts"

const SIZE_MAX = 6 * 1024

class Project extends Context.Service<Project, { readonly directory: string; readonly project: string }>()(
  "identityd/test/identityd-client/package/Project"
) {
  static readonly layer = Layer.effect(
    Project,
    Effect.tap(published, ({ project }) => compiled(project, "main"))
  )
}

/** A module and all that it imports, as one script. */
const bundled = (input: string) =>
  Effect.promise(async () => {
    const bundle = await rolldown({ input })
    const { output: [{ code }] } = await bundle.generate({ format: "iife", name: "program" })
    return code
  })

const program = Effect.flatMap(Project, ({ project }) => bundled(join(project, "out/main.js")))

/** What `visit` of `consumer/main.ts` answers for somebody. */
const visited = (email: string) => [true, null, email, true, null, "unavailable"]

/** All that the platforms have in common. */
const WEB = { AbortController, Error, fetch, Headers, performance, setTimeout, clearTimeout, URLSearchParams }

it("has the version of the service", () => {
  assert.strictEqual(manifest.version, service.version)
  assert.notProperty(manifest, "dependencies")
})

layer(Layer.provideMerge(Project.layer, Service.layer), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
  it.effect(`has at most ${SIZE_MAX} bytes, compressed`, () =>
    Effect.gen(function*() {
      const { directory } = yield* Project
      const { length } = gzipSync(yield* bundled(join(directory, "dist/index.js")))
      assert.isAtMost(length, SIZE_MAX)
      assert.isAbove(length, 1024)
    }))

  it.effect("compiles with TypeScript's defaults, and runs where there is nothing but the Web's globals", () =>
    Effect.gen(function*() {
      const { url } = yield* Service
      const email = anEmail()
      const script = `${yield* program}\nprogram.visit(${JSON.stringify(url)}, ${JSON.stringify(email)})`
      const answered = yield* Effect.promise(async () => JSON.stringify(await runInContext(script, createContext(WEB))))
      assert.deepStrictEqual(JSON.parse(answered), visited(email))
    }))

  it.effect.skipIf(areAbsent)("runs on the oldest Node", () =>
    Effect.gen(function*() {
      const [{ project }, { url }] = [yield* Project, yield* Service]
      const email = anEmail()
      const address = JSON.stringify(pathToFileURL(join(project, "out/main.js")))
      const code = `import { visit } from ${address}
        console.log(JSON.stringify([process.version, ...await visit(${JSON.stringify(url)}, ${
        JSON.stringify(email)
      })]))`
      const { stderr, stdout } = yield* Effect.promise(async () => {
        await writeFile(join(project, "run.js"), code)
        return promisify(execFile)(OLDEST_NODE, [join(project, "run.js")])
      })
      const [version, ...answered] = JSON.parse(stdout)
      assert.match(version, /^v20\./)
      assert.deepStrictEqual([answered, stderr], [visited(email), ""])
    }))

  it.effect.skipIf(noBrowser)(
    "signs up, in and out by cookie in Chromium, on the service's origin",
    () =>
      Effect.gen(function*() {
        const { url } = yield* Service
        const chromium = yield* browser
        const script = yield* program
        const email = anEmail()
        const answered = yield* Effect.promise(async () => {
          const page = await chromium.newPage()
          // A page of the application, below whose origin the service is.
          await page.route(
            `${url}/application`,
            (route) => route.fulfill({ contentType: "text/html", body: `<script>${script}</script>` })
          )
          await page.goto(`${url}/application`)
          return page.evaluate(`program.visitByCookie("", ${JSON.stringify(email)})`)
        })
        assert.deepStrictEqual(answered, [email, "invalid-credentials", 204, "session-required"])
      })
  )
})
