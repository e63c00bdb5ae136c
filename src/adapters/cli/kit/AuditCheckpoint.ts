/**
 * Reads and writes checkpoints of the audit log. A checkpoint is a file with one line for the end of each chain, to be
 * kept where those who can write to the database can't. `docs/audit-log.md` documents the format.
 */
import { DateTime, Effect, FileSystem, Path } from "effect"
import { createHash } from "node:crypto"
import type { AuditCheckpoint } from "../../../domain/audit/AuditReview.ts"
import { instantText } from "../../../kernel/InstantText.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import type { ChainHead } from "../../../ports/AuditLog.ts"
import { confirm } from "./Confirmation.ts"
import { wrongUsage } from "./Failure.ts"

/** A checkpoint and its file. */
export interface CheckpointFile {
  readonly file: string
  /** Lower-case hexadecimal SHA-256 of the whole file. */
  readonly sha256: string
  readonly chains: number
  readonly entries: number
}

const HEADING = "identity-audit-checkpoint 1"

/** The chain's name without spaces, its number of entries, and the hash of the last one. */
const END = /^(?<chain>[!-~]+) (?<sequence>[1-9]\d{0,14}) (?<hash>[0-9a-f]{64})$/

/** Reads a checkpoint. Fails unless every line of it is valid. */
export const readCheckpoint = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    fs.readFileString(file),
    () => wrongUsage(`The checkpoint ${JSON.stringify(file)} can't be read.`)
  )
  const lines = text.split("\n")
  const mangled = (line: number) =>
    wrongUsage(
      `${JSON.stringify(file)} is not a whole checkpoint, as line ${line} shows. ` +
        "Compare its SHA-256 with the one that was printed when it was written."
    )
  if (!lines[0]?.startsWith(`${HEADING} `)) return yield* mangled(1)
  const ends = new Map<string, { readonly sequence: number; readonly hash: string }>()
  let entries = 0
  for (const [index, line] of lines.slice(1, -2).entries()) {
    const { chain, hash, sequence } = END.exec(line)?.groups ?? {}
    if (chain === undefined || hash === undefined || ends.has(chain)) return yield* mangled(index + 2)
    ends.set(chain, { sequence: Number(sequence), hash })
    entries += Number(sequence)
  }
  if (lines.at(-2) !== footing(ends.size, entries) || lines.at(-1) !== "") return yield* mangled(lines.length - 1)
  const known: AuditCheckpoint = ends
  return { known, from: checkpointFile(file, text, ends.size, entries) }
})

const checkpointFile = (file: string, text: string, chains: number, entries: number): CheckpointFile => ({
  file,
  sha256: createHash("sha256").update(text, "utf8").digest("hex"),
  chains,
  entries
})

const footing = (chains: number, entries: number): string => `end ${chains} ${entries}`

/** Asks whether to replace an existing file. Returns whether there is one. */
export const confirmReplacement = Effect.fnUntraced(function*(file: string, yes: boolean) {
  const fs = yield* FileSystem.FileSystem
  const isThere = yield* Effect.orElseSucceed(fs.exists(file), () => false)
  if (isThere) yield* confirm({ yes, question: `Replace ${file}?` })
  return isThere
})

/**
 * Writes a checkpoint that only its owner can read. The file appears whole or not at all. A file that was created
 * meanwhile is kept, unless `replace` is set.
 */
export const writeCheckpoint = Effect.fnUntraced(
  function*(file: string, ends: ReadonlyArray<ChainHead>, options: { readonly replace: boolean }) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const entries = ends.reduce((sum, { sequence }) => sum + sequence, 0)
    const text = [
      `${HEADING} ${instantText(yield* DateTime.now)}`,
      ...ends.map(({ chain, hash, sequence }) => `${chain} ${sequence} ${hash}`),
      footing(ends.length, entries),
      ""
    ].join("\n")
    yield* Effect.gen(function*() {
      const directory = path.dirname(file)
      const beside = yield* fs.makeTempDirectoryScoped({ directory, prefix: `.${path.basename(file)}-` })
      const partial = path.join(beside, "checkpoint")
      const opened = yield* fs.open(partial, { flag: "wx", mode: 0o600 })
      yield* opened.writeAll(new TextEncoder().encode(text))
      yield* opened.sync
      yield* options.replace ? fs.rename(partial, file) : fs.link(partial, file)
    }).pipe(Effect.scoped)
    return checkpointFile(file, text, ends.length, entries)
  },
  (effect, file) =>
    Effect.catchTag(effect, "PlatformError", () =>
      new CommandFailed({
        exitCode: 1,
        code: "file-not-written",
        message: `The checkpoint ${JSON.stringify(file)} can't be written. ` +
          "Its folder must exist and be writable, and the file must not exist unless you give --yes."
      }))
)
