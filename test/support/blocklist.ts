/** The blocklist that ships. Its list is loaded once in a process, as in a server, and not once in a test. */
import { Layer, Scope } from "effect"
import * as ZxcvbnPasswordBlocklist from "../../src/adapters/blocklist/ZxcvbnPasswordBlocklist.ts"

const memoMap = Layer.makeMemoMapUnsafe()

const scope = Scope.makeUnsafe()

export const blocklist = Layer.effectContext(Layer.buildWithMemoMap(ZxcvbnPasswordBlocklist.layer, memoMap, scope))
