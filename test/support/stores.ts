/** The stores of the adapters, for tests: all of them together, as services take them, and each by itself. */
import { Context, Effect, Layer } from "effect"
import * as MemoryStores from "../../src/adapters/memory/MemoryStores.ts"
import * as PostgresStores from "../../src/adapters/postgres/PostgresStores.ts"
import type { Store } from "../../src/ports/Stores.ts"
import { Stores } from "../../src/ports/Stores.ts"

export const memoryStores = Layer.provideMerge(Stores.each, MemoryStores.layer)

export const postgresStores = Layer.provideMerge(Stores.each, PostgresStores.layer)

/** The provided stores, with some operations of one replaced. */
export const changing = <S extends Store, A extends object>(
  store: Context.Key<S, A>,
  change: (store: A) => Partial<A>
): Layer.Layer<Stores, never, Stores> =>
  Layer.effect(
    Stores,
    Effect.map(Stores, (stores) => {
      const unchanged = Context.get(stores, store)
      return Context.add(stores, store, { ...unchanged, ...change(unchanged) })
    })
  )
