/** The files of the project as the rules see them: a list of paths and texts, real or made up for a self-test. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { maskedCode } from "./SourceText.ts"

export interface Import {
  /** As written; `undefined` where it is computed at run time. */
  readonly specifier: string | undefined
  /** The file of ours it names, or `undefined` for a package. */
  readonly path: string | undefined
}

export interface SourceFile {
  readonly path: string
  readonly text: string
  /** The text with comments and the inside of literals masked; empty for what is no source of ours. */
  readonly code: string
  readonly imports: ReadonlyArray<Import>
}

export type SourceTree = ReadonlyMap<string, SourceFile>

const IMPORTS = [/\bfrom\s*(["'])(_*)\1/g, /\bimport\s*(["'])(_*)\1/g, /\bimport\s*\(\s*(["'])(_*)\1\s*[,)]/g]
const COMPUTED_IMPORT = /\bimport\s*\((?!\s*(["'])_*\1\s*[,)])/g

const importsOf = (path: string, text: string, code: string): ReadonlyArray<Import> => {
  const written = IMPORTS.flatMap((form) =>
    Array.from(code.matchAll(form), (match) => {
      const start = match.index + match[0].search(/["']/) + 1
      const specifier = text.slice(start, code.indexOf(match[1] ?? "", start))
      return {
        specifier,
        path: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined
      }
    })
  )
  const computed = Array.from(code.matchAll(COMPUTED_IMPORT), () => ({ specifier: undefined, path: undefined }))
  return [...written, ...computed]
}

/** What loads before the compile cache is on is JavaScript. */
const isSource = (path: string): boolean => path.endsWith(".ts") || /^(bin|src)\/.*\.js$/.test(path)

const sourceFile = (path: string, text: string): SourceFile => {
  const code = isSource(path) ? maskedCode(text) : ""
  return { path, text, code, imports: importsOf(path, text, code) }
}

export const sourceTree = (files: Readonly<Record<string, string>>): SourceTree =>
  new Map(Object.entries(files).map(([path, text]) => [path, sourceFile(path, text)]))

const BINARY = /\.(?:png|ico|gif|jpg|woff2|wasm)$/

/** What git tracks or would add, so that a mistake shows before it is committed. */
export const projectTree = (root: string): SourceTree => {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8"
  })
  const paths = listed.split("\0").filter((path) =>
    path !== "" && !BINARY.test(path) && existsSync(posix.join(root, path))
  )
  return sourceTree(Object.fromEntries(paths.map((path) => [path, readFileSync(posix.join(root, path), "utf8")])))
}

/** The TypeScript files below the given folders. */
export const sourcesIn = (tree: SourceTree, ...folders: ReadonlyArray<string>): ReadonlyArray<SourceFile> =>
  [...tree.values()].filter((file) =>
    isSource(file.path) && folders.some((folder) => file.path.startsWith(`${folder}/`))
  )
