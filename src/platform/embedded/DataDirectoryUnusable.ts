import { Schema } from "effect"

/** What `IDENTITY_DATA_DIR` names is no directory, or none that this user can make or write in. */
export class DataDirectoryUnusable extends Schema.TaggedError<DataDirectoryUnusable>()("DataDirectoryUnusable", {
  directory: Schema.String,
  /** Continues the name of the directory. */
  reason: Schema.String
}) {
  override get message(): string {
    return `IDENTITY_DATA_DIR names ${this.directory}, ${this.reason}: name a directory that this user can write.`
  }
}
