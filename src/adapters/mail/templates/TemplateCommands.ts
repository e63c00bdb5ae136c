/** What `identity mail-templates` does: writes the built-in templates into a directory, and checks one. */
import { Effect, FileSystem, Path } from "effect"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { makeDirectories, systemCode } from "../../../platform/process/Directories.ts"
import { builtInTemplates } from "./MailTemplates.ts"
import { filesOf, read } from "./TemplateFolder.ts"

/** Writes all built-in templates and returns their paths. Fails without writing anything if one of the files exists. */
export const write = Effect.fnUntraced(
  function*(directory: string) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const files = Array.from(
      builtInTemplates,
      ([language, texts]) =>
        Array.from(filesOf(texts), ([name, text]) => ({ path: path.join(directory, language, name), text }))
    ).flat()
    for (const file of files) {
      if (yield* fs.exists(file.path)) {
        const message = `${file.path} exists. Nothing was written, because it may be yours.`
        return yield* new CommandFailed({ exitCode: 3, code: "file-exists", message })
      }
    }
    for (const language of builtInTemplates.keys()) {
      yield* makeDirectories(path.resolve(directory, language))
    }
    for (const file of files) yield* fs.writeFileString(file.path, file.text, { flag: "wx" })
    return files.map((file) => file.path)
  },
  (writing, directory) =>
    Effect.catchTag(writing, "PlatformError", (error) =>
      new CommandFailed({
        exitCode: 1,
        code: "not-written",
        message: `The templates can't be written to ${directory} (${systemCode(error)}). ` +
          "Name a directory that this user can write."
      }))
)

/** The mistakes in a directory of templates. */
export const check = (directory: string) =>
  read(directory).pipe(
    Effect.map(({ problems }) => problems),
    Effect.catchTag("PlatformError", (error) =>
      new CommandFailed({
        exitCode: 2,
        code: "not-readable",
        message: `The templates in ${directory} can't be read (${systemCode(error)}).`
      }))
  )
