import type { SourceTree } from "./SourceTree.ts"

/** Made-up files: paths and their texts. */
export type Files = Readonly<Record<string, string>>

/**
 * One rule about the project. It proves itself: each tree of `catches` breaks it, and none of `permits` does, however
 * close it comes.
 */
export interface Rule {
  readonly sentence: string
  /** One line for each place that breaks the rule. */
  readonly violations: (tree: SourceTree) => ReadonlyArray<string>
  readonly catches: ReadonlyArray<Files>
  readonly permits: ReadonlyArray<Files>
}
