import { Schema } from "effect"

/** `IDENTITY_DATA_DIR` doesn't name a directory that this user can create or write in. */
export class DataDirectoryUnusable extends Schema.TaggedError<DataDirectoryUnusable>()("DataDirectoryUnusable", {
  directory: Schema.String,
  /** Continues the name of the directory. */
  reason: Schema.String
}) {
  override get message(): string {
    return `IDENTITY_DATA_DIR names ${this.directory}, ${this.reason}: name a directory that this user can write.`
  }
}
