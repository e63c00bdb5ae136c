/** The real blocklist. A process loads its list once, like a server, and not for each test. */
import { Layer, Scope } from "effect"
import * as ZxcvbnPasswordBlocklist from "../../src/adapters/blocklist/ZxcvbnPasswordBlocklist.ts"

const memoMap = Layer.makeMemoMapUnsafe()

const scope = Scope.makeUnsafe()

export const blocklist = Layer.effectContext(Layer.buildWithMemoMap(ZxcvbnPasswordBlocklist.layer, memoMap, scope))
