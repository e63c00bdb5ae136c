import { assert, describe, it } from "@effect/vitest"
import { dictionary } from "@zxcvbn-ts/language-common"
import { Effect, Schema } from "effect"
import * as ZxcvbnPasswordBlocklist from "../../../src/adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import { NewPassword } from "../../../src/domain/model/Password.ts"
import { PasswordBlocklist } from "../../../src/ports/PasswordBlocklist.ts"
import { passwordBlocklistContract } from "../../contracts/PasswordBlocklistContract.ts"

passwordBlocklistContract("zxcvbn", ZxcvbnPasswordBlocklist.layer)

describe("zxcvbn password blocklist", () => {
  it.effect("[ASVS 6.2.4] holds at least 3,000 passwords of admissible length, and each of the package's", () =>
    Effect.gen(function*() {
      const blocklist = yield* PasswordBlocklist
      const chosen = dictionary["passwords-common"].flatMap((text) => Array.from(text).length < 8 ? [] : [text])
      assert.isAtLeast(new Set(chosen).size, 3_000)
      for (const text of chosen) {
        assert.isTrue(yield* blocklist.contains(yield* Schema.decodeEffect(NewPassword)(text)), text)
      }
    }).pipe(Effect.provide(ZxcvbnPasswordBlocklist.layer)))
})
