/** Dependencies point inwards: kernel ← model ← ports ← services ← adapters ← bin, and the platform beside them. */
import type { Rule } from "./Rule.ts"
import type { Import, SourceTree } from "./SourceTree.ts"
import { sourcesIn } from "./SourceTree.ts"

type Ring =
  | "kernel"
  | "platform"
  | "model"
  | "ports"
  | "services"
  | "resources"
  | "surface"
  | "embedding"
  | `adapter ${string}`
  | "outside"

const ringOf = (path: string): Ring | undefined => {
  if (path.startsWith("src/kernel/")) return "kernel"
  if (path.startsWith("src/platform/")) return "platform"
  if (path.startsWith("src/domain/model/")) return "model"
  if (path.startsWith("src/domain/")) return "services"
  if (path.startsWith("src/ports/")) return "ports"
  if (path.startsWith("src/resources/")) return "resources"
  if (path === "src/index.ts") return "surface"
  if (path.startsWith("src/embedding/")) return "embedding"
  const technology = /^src\/adapters\/([^/]+)\//.exec(path)?.[1]
  if (technology !== undefined) return `adapter ${technology}`
  return path.startsWith("src/") ? undefined : "outside"
}

const DRIVING: ReadonlyArray<Ring> = ["adapter http", "adapter cli"]

const innerRings = (from: Ring): ReadonlyArray<Ring> => {
  switch (from) {
    case "kernel":
      return ["kernel"]
    case "platform":
      return ["kernel", "platform"]
    case "model":
      return ["kernel", "model"]
    case "resources":
      return ["kernel", "model", "resources"]
    case "ports":
      return ["kernel", "model", "ports"]
    case "services":
    case "surface":
      return ["kernel", "model", "ports", "services"]
    default:
      return DRIVING.includes(from)
        ? [from, "kernel", "platform", "model", "ports", "services", "resources"]
        : [from, "kernel", "platform", "model", "ports"]
  }
}

/** Ports that only services may use, so that no rule is bypassed. */
const STORES = /^src\/ports\/(?:\w+Store|Directory|Outbox|Retention|Stores)\.ts$/

/** The packages that the core may import. `effect/net` only parses addresses. */
const CORE_PACKAGES = ["effect", "effect/net"]

/** `package.json` is no ring: an adapter that tells its version reads it, compiled or not. */
const isManifest = (path: string) => path === "package.json"

/** What embedders import is put together from adapters, as `bin` does it for the server, and nobody else knows it. */
const isInside = (from: Ring, target: Ring): boolean =>
  from === "embedding" ? target !== "outside" && target !== "surface" : innerRings(from).includes(target)

const importMistake = (ring: Ring, { path, specifier }: Import, tree: SourceTree) => {
  if (specifier === undefined) return "imports what only running it would tell"
  if (path === undefined) {
    const isCore = ring !== "platform" && ring !== "outside" && ring !== "embedding" && !ring.startsWith("adapter")
    return isCore && !CORE_PACKAGES.includes(specifier)
      ? `imports "${specifier}", where the core imports only ${CORE_PACKAGES.join(" and ")}`
      : undefined
  }
  if (!tree.has(path)) return `imports ${path}, which does not exist`
  if (isManifest(path) && ring.startsWith("adapter")) return undefined
  const target = ringOf(path)
  if (target === undefined || !isInside(ring, target)) return `imports ${path}, against the dependency rule`
  if (DRIVING.includes(ring) && STORES.test(path)) return `imports ${path} past the services`
  return undefined
}

const inwards: Rule = {
  sentence: "Dependencies point inwards",
  violations: (tree) =>
    sourcesIn(tree, "src").flatMap((file) => {
      const ring = ringOf(file.path)
      if (ring === undefined) return [`${file.path} is in no ring`]
      return file.imports.flatMap((imported) => {
        const mistake = importMistake(ring, imported, tree)
        return mistake === undefined ? [] : [`${file.path} ${mistake}`]
      })
    }),
  catches: [
    { "src/domain/model/A.ts": `import { B } from "../../ports/B.ts"`, "src/ports/B.ts": "" },
    { "src/domain/model/A.ts": `import type { B } from "../accounts/B.ts"`, "src/domain/accounts/B.ts": "" },
    { "src/domain/model/A.ts": `import * as Http from "effect/http"` },
    { "src/domain/model/A.ts": `import * as Network from "effect/network"` },
    { "src/kernel/A.ts": `import { B } from "../domain/model/B.ts"`, "src/domain/model/B.ts": "" },
    { "src/kernel/A.ts": `import { B } from "../platform/process/B.ts"`, "src/platform/process/B.ts": "" },
    { "src/kernel/A.ts": `import { readFileSync } from "node:fs"` },
    { "src/platform/cluster/A.ts": `import { B } from "../../domain/model/B.ts"`, "src/domain/model/B.ts": "" },
    { "src/platform/cluster/A.ts": `import { B } from "../../ports/B.ts"`, "src/ports/B.ts": "" },
    { "src/platform/cluster/A.ts": `import { B } from "../../adapters/http/B.ts"`, "src/adapters/http/B.ts": "" },
    { "src/domain/model/A.ts": `import { B } from "../../platform/process/B.ts"`, "src/platform/process/B.ts": "" },
    { "src/ports/A.ts": `export { B } from "../domain/accounts/B.ts"`, "src/domain/accounts/B.ts": "" },
    { "src/ports/A.ts": `import { readFileSync } from "node:fs"` },
    { "src/domain/accounts/A.ts": `import "../../adapters/memory/B.ts"`, "src/adapters/memory/B.ts": "" },
    { "src/domain/accounts/A.ts": `const B = await import("../../adapters/x/B.ts")`, "src/adapters/x/B.ts": "" },
    { "src/domain/accounts/A.ts": `type B = import("argon2").Options` },
    { "src/adapters/memory/A.ts": `import { B } from "../postgres/B.ts"`, "src/adapters/postgres/B.ts": "" },
    { "src/adapters/http/A.ts": `import { B } from "../postgres/B.ts"`, "src/adapters/postgres/B.ts": "" },
    { "src/adapters/webauthn/A.ts": `import { B } from "../http/B.ts"`, "src/adapters/http/B.ts": "" },
    { "src/adapters/mail/A.ts": `import { B } from "../../domain/mail/B.ts"`, "src/domain/mail/B.ts": "" },
    { "src/adapters/http/A.ts": `import { B } from "../cli/B.ts"`, "src/adapters/cli/B.ts": "" },
    { "src/adapters/postgres/A.ts": `import { B } from "../../resources/B.ts"`, "src/resources/B.ts": "" },
    { "src/resources/A.ts": `import { B } from "../domain/accounts/B.ts"`, "src/domain/accounts/B.ts": "" },
    { "src/resources/A.ts": `import * as Api from "effect/http-api"` },
    { "src/adapters/postgres/A.ts": `import { B } from "../../domain/accounts/B.ts"`, "src/domain/accounts/B.ts": "" },
    {
      "src/adapters/cli/commands/a.ts": `import { SessionStore } from "../../../ports/SessionStore.ts"`,
      "src/ports/SessionStore.ts": ""
    },
    { "src/adapters/http/A.ts": `import { Directory } from "../../ports/Directory.ts"`, "src/ports/Directory.ts": "" },
    { "src/adapters/http/A.ts": `import { Stores } from "../../ports/Stores.ts"`, "src/ports/Stores.ts": "" },
    { "src/adapters/http/A.ts": `import { b } from "../../../bin/b.ts"`, "bin/b.ts": "" },
    { "src/adapters/http/A.ts": `import { b } from "../../../test/support/b.ts"`, "test/support/b.ts": "" },
    { "src/index.ts": `export * from "./adapters/memory/A.ts"`, "src/adapters/memory/A.ts": "" },
    { "src/adapters/http/A.ts": `import { B } from "../../embedding/B.ts"`, "src/embedding/B.ts": "" },
    { "src/embedding/A.ts": `import { b } from "../../bin/b.ts"`, "bin/b.ts": "" },
    { "src/adapters/memory/A.ts": `import { B } from "./B.ts"` },
    { "src/adapters/memory/A.ts": `const B = await import(name)` },
    { "src/extras/A.ts": "" }
  ],
  permits: [
    {
      "src/domain/model/A.ts": `import { B } from "./B.ts"\nimport { Effect } from "effect"\nimport "effect/net"`,
      "src/domain/model/B.ts": ""
    },
    { "src/domain/model/A.ts": `import { B } from "../../kernel/B.ts"`, "src/kernel/B.ts": "" },
    { "src/platform/cluster/A.ts": `import { B } from "../../kernel/B.ts"\nimport "pg"`, "src/kernel/B.ts": "" },
    { "src/adapters/cli/A.ts": `import { B } from "../../platform/process/B.ts"`, "src/platform/process/B.ts": "" },
    { "src/domain/model/A.ts": `// import { B } from "../../ports/B.ts"\nconst a = 'import "x"'` },
    { "src/domain/accounts/A.ts": `import { B } from "../../ports/B.ts"`, "src/ports/B.ts": "" },
    { "src/adapters/http/A.ts": `import { B } from "../../domain/accounts/B.ts"`, "src/domain/accounts/B.ts": "" },
    { "src/adapters/cli/A.ts": `import { B } from "../../resources/B.ts"`, "src/resources/B.ts": "" },
    { "src/adapters/postgres/A.ts": `import { B } from "../../ports/B.ts"\nimport "pg"`, "src/ports/B.ts": "" },
    { "src/adapters/cli/A.ts": `const B = await import("./B.ts")`, "src/adapters/cli/B.ts": "" },
    { "src/embedding/A.ts": `import { B } from "../adapters/memory/B.ts"`, "src/adapters/memory/B.ts": "" },
    { "bin/a.ts": `import { B } from "../src/adapters/memory/B.ts"`, "src/adapters/memory/B.ts": "" },
    { "src/adapters/http/A.ts": `const from = Array.from("pg")\nconst url = import.meta.url` }
  ]
}

/**
 * The rooms of a folder, each of which may import those before it. Files beside the rooms put them together, or are
 * what all of them share.
 */
const ORDERS: Readonly<Record<string, ReadonlyArray<string>>> = {
  "src/domain": [
    "model",
    "telemetry",
    "clock",
    "paging",
    "audit",
    "limits",
    "requests",
    "mail",
    "passwords",
    "factors",
    "sessions",
    "accounts",
    "enrolments",
    "challenges",
    "admin",
    "upkeep"
  ],
  "src/platform": ["process", "configuration", "observability", "embedded", "cluster"],
  "src/adapters/cli": ["kit", "conversion", "commands"],
  "src/adapters/postgres": [
    "connection",
    "migrations",
    "mail",
    "ledger",
    "challenges",
    "factors",
    "sessions",
    "accounts",
    "admin",
    "directory",
    "upkeep"
  ],
  "src/adapters/http": [
    "api",
    "exchange",
    "sessions",
    "authorize",
    "accounts",
    "challenges",
    "factors",
    "admin",
    "pages",
    "listener"
  ]
}

/** Declarations of endpoints stand beside their handlers, but are for clients too. */
const DECLARATIONS = /^src\/adapters\/http\/.*Api\.ts$/

const roomIn = (folder: string, path: string): string | undefined => {
  if (!path.startsWith(`${folder}/`)) return undefined
  return DECLARATIONS.test(path) ? "api" : /^([^/]+)\//.exec(path.slice(folder.length + 1))?.[1]
}

const ordered: Rule = {
  sentence: "A room imports no room that comes after it",
  violations: (tree) =>
    Object.entries(ORDERS).flatMap(([folder, rooms]) =>
      sourcesIn(tree, folder).flatMap((file) => {
        const room = roomIn(folder, file.path)
        if (room === undefined) return []
        const place = rooms.indexOf(room)
        if (place === -1) return [`${file.path} is in a room without a place`]
        return file.imports.flatMap(({ path = "" }) => {
          const other = roomIn(folder, path)
          return other !== undefined && rooms.indexOf(other) > place
            ? [`${file.path} imports ${path}, which comes after it`]
            : []
        })
      })
    ),
  catches: [
    { "src/domain/audit/A.ts": `import { B } from "../limits/B.ts"` },
    { "src/domain/limits/A.ts": `import { B } from "../requests/B.ts"` },
    { "src/domain/requests/A.ts": `import { B } from "../passwords/B.ts"` },
    { "src/domain/passwords/A.ts": `import type { B } from "../sessions/B.ts"` },
    { "src/domain/mail/A.ts": `import { B } from "../passwords/B.ts"` },
    { "src/domain/factors/A.ts": `import { B } from "../sessions/B.ts"` },
    { "src/domain/sessions/A.ts": `import { B } from "../accounts/B.ts"` },
    { "src/domain/enrolments/A.ts": `import { B } from "../challenges/B.ts"` },
    { "src/domain/challenges/A.ts": `import { B } from "../admin/B.ts"` },
    { "src/domain/accounts/A.ts": `export { B } from "../upkeep/B.ts"` },
    { "src/domain/model/A.ts": `import { B } from "../clock/B.ts"` },
    { "src/domain/extras/A.ts": "" },
    { "src/platform/process/A.ts": `import { B } from "../cluster/B.ts"` },
    { "src/platform/observability/A.ts": `const B = await import("../embedded/B.ts")` },
    { "src/adapters/http/api/A.ts": `import { B } from "../exchange/B.ts"` },
    { "src/adapters/http/sessions/SessionsApi.ts": `import { B } from "./SessionsHandlers.ts"` },
    { "src/adapters/http/exchange/A.ts": `import { B } from "../sessions/B.ts"` },
    { "src/adapters/http/exchange/A.ts": `import type { B } from "../listener/B.ts"` },
    { "src/adapters/http/sessions/A.ts": `import type { B } from "../listener/B.ts"` },
    { "src/adapters/http/sessions/A.ts": `import { B } from "../accounts/B.ts"` },
    { "src/adapters/http/accounts/A.ts": `import { B } from "../pages/B.ts"` },
    { "src/adapters/http/factors/A.ts": `import { B } from "../admin/B.ts"` },
    { "src/adapters/http/pages/A.ts": `import { B } from "../listener/B.ts"` },
    { "src/adapters/cli/kit/A.ts": `import { B } from "../commands/b.ts"` },
    { "src/adapters/postgres/ledger/A.ts": `import { B } from "../accounts/B.ts"` }
  ],
  permits: [
    { "src/domain/accounts/A.ts": `import { B } from "../sessions/B.ts"\nimport { C } from "../../ports/C.ts"` },
    { "src/domain/upkeep/A.ts": `import { B } from "./B.ts"` },
    { "src/domain/Core.ts": `import { B } from "./upkeep/B.ts"` },
    { "src/platform/cluster/A.ts": `import { B } from "../observability/B.ts"` },
    { "src/adapters/http/api/IdentityApi.ts": `import { AccountsApi } from "../accounts/AccountsApi.ts"` },
    { "src/adapters/http/accounts/AccountsApi.ts": `import { SessionsApi } from "../sessions/SessionsApi.ts"` },
    { "src/adapters/http/listener/A.ts": `import { B } from "../sessions/B.ts"` }
  ]
}

export const dependencyRules: ReadonlyArray<Rule> = [inwards, ordered]
