/** Rules that hold for the sources as a whole, where no single behaviour could prove them. */
import { assert, describe, it } from "@effect/vitest"
import { fileURLToPath } from "node:url"
import { projectTree, sourcesIn, sourceTree } from "../architecture/SourceTree.ts"
import type { SourceTree } from "../architecture/SourceTree.ts"
import { statementRules } from "../architecture/statements.ts"

const project = projectTree(fileURLToPath(new URL("../..", import.meta.url)))

const COMPUTES_A_TAG = /\b(?:createHmac|pbkdf2(?:Sync)?|scrypt(?:Sync)?)\(/

/** Files that compute a MAC or a derived key and don't compare it by `timingSafeEqual`, or compare it otherwise too. */
/** Hashes of other systems are compared where their forms are defined. */
const HASH_FORM = "./HashForm.ts"

const hastyComparisons = (tree: SourceTree) =>
  sourcesIn(tree, "src", "bin").filter(({ code, imports }) =>
    COMPUTES_A_TAG.test(code) &&
    (!/\btimingSafeEqual\(/.test(code) && !imports.some(({ specifier }) => specifier === HASH_FORM) ||
      /\.equals\(|\.compare\(|[!=]== tag\b(?!\.length)/.test(code))
  ).map(({ path }) => path)

/** The one place that sends requests: to the collector of the configuration. */
const EXPORTER = "src/platform/observability/"

const SENDS = /\bfetch\(|\bhttps?\.(?:request|get)\(|\bHttpClient\b/

const requestsOfOurOwn = (tree: SourceTree) =>
  sourcesIn(tree, "src", "bin").filter(({ code, imports, path }) =>
    !path.startsWith(EXPORTER) &&
    (SENDS.test(code) || imports.some(({ specifier = "" }) => /^(?:undici|axios|got)$|HttpClient/.test(specifier)))
  ).map(({ path }) => path)

const SECRET = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b[a-z0-9-]{1,32}:[\w-]{43}(?![\w-])/

/** Tests have keys of their own, which are public and refused: `test/vectors` proves that. */
const secrets = (tree: SourceTree) =>
  [...tree.values()].filter(({ path, text }) => !path.startsWith("test/") && SECRET.test(text)).map(({ path }) => path)

const key = "b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

/** A rule holds for the project, and does not for a file that breaks it. */
const assertHolds = (
  violations: (tree: SourceTree) => ReadonlyArray<string>,
  broken: Readonly<Record<string, string>>
) => {
  assert.deepStrictEqual(violations(project), [])
  assert.deepStrictEqual(violations(sourceTree(broken)).map((place) => place.split(":")[0]), Object.keys(broken))
}

describe("the sources", () => {
  it("[ASVS 11.2.4] code that computes a tag compares it in constant time", () =>
    assertHolds(hastyComparisons, {
      "src/adapters/crypto/A.ts": "createHmac('sha256', key).digest().equals(tag)",
      "src/adapters/crypto/foreign/C.ts":
        `import { derivation } from "${HASH_FORM}"\nhash("sha1", a, "buffer").equals(tag)\nscrypt(a)`,
      "src/adapters/crypto/B.ts": "import { timingSafeEqual } from 'node:crypto'\nscrypt(a, b) === tag"
    }))

  it("[ASVS 1.2.4] what is sent to the database is constants, with everything else beside it", () =>
    assertHolds((tree) => statementRules.flatMap((rule) => rule.violations(tree)), {
      "src/adapters/postgres/A.ts": "const f = (id: string) => connection.query(`DELETE FROM a WHERE id = '${id}'`)",
      "src/adapters/postgres/B.ts": "const f = (order: string) => `select id from accounts order by ` + order"
    }))

  it("[ASVS 15.3.2] no request is sent but to the collector of the configuration", () =>
    assertHolds(requestsOfOurOwn, {
      "src/adapters/http/A.ts": "const answer = fetch(url)",
      "bin/a.ts": "import { HttpClient } from 'effect/http'"
    }))

  it("[ASVS 13.3.1] no key is in the repository, and so none in the package", () =>
    assertHolds(secrets, {
      "compose.yaml": `IDENTITY_SIGNING_KEYS: k1:${key}`,
      "docs/key.pem": "-----BEGIN EC PRIVATE KEY-----"
    }))
})
