import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { defaultPath } from "../../../src/adapters/embedded/DataDirectory.ts"

describe("DataDirectory.defaultPath", () => {
  it.each([
    { environment: { XDG_DATA_HOME: "/data", HOME: "/home/a" }, uid: 1000, path: "/data/identity" },
    { environment: { XDG_DATA_HOME: "/data/", HOME: "/home/a" }, uid: 1000, path: "/data/identity" },
    { environment: { HOME: "/home/a" }, uid: 1000, path: "/home/a/.local/share/identity" },
    { environment: { XDG_DATA_HOME: "", HOME: "/home/a" }, uid: 1000, path: "/home/a/.local/share/identity" },
    { environment: { XDG_DATA_HOME: "data", HOME: "/home/a" }, uid: 1000, path: "/home/a/.local/share/identity" },
    { environment: { XDG_DATA_HOME: "/data", HOME: "/root" }, uid: 0, path: "/var/lib/identity" }
  ])("is $path for user $uid with $environment", ({ environment, path, uid }) => {
    assert.deepStrictEqual(defaultPath(environment, uid), Option.some(path))
  })

  it("is unknown to a user without a home", () => {
    assert.deepStrictEqual(defaultPath({}, 1000), Option.none())
  })
})
