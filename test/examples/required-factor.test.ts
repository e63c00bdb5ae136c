/** `examples/behind-nginx` where everybody needs a second factor. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { shownBy } from "../support/authenticator.ts"
import { ADA } from "../support/TestIdentity.ts"
import { absent, credentials, factorsOf, fill, Tab } from "./BehindNginx.ts"

it.live.skipIf(absent !== undefined)(
  "examples/behind-nginx leads people to enrol the second factor that everybody needs, and lets them on with it",
  () =>
    Effect.gen(function*() {
      const { complaints, page, url } = yield* Tab
      const secret = yield* Effect.promise(async () => {
        await page.goto(`${url}/`)
        await fill(page, "#sign-up", { ...credentials, display_name: "Ada" })
        await page.waitForURL(`${url}/security`)
        assert.strictEqual((await page.request.get(`${url}/visits`)).status(), 403)
        await fill(page, "#totp", { name: "Phone" })
        await page.fill("#proof [name=current_password]", ADA.password)
        await page.click("#proof [value=text]")
        return await page.locator("#new-totp output").filter({ hasText: /./ }).innerText()
      })
      const code = yield* shownBy(secret)
      yield* Effect.promise(() => fill(page, "#new-totp", { code }))
      yield* factorsOf(page, 1)
      yield* Effect.promise(async () => {
        await page.getByRole("link", { name: "Your notes" }).click()
        await page.getByText(`Signed in as Ada (${ADA.email}).`).waitFor()
      })
      assert.deepStrictEqual(complaints, [])
    }).pipe(Effect.provide(Tab.layer({ IDENTITY_SECOND_FACTOR: "required" })), Effect.scoped),
  120_000
)
