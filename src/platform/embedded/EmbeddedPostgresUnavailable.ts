/**
 * Why there is no embedded database. An operator corrects the first with another setting. The second is a failure of
 * this start.
 */
import { Schema } from "effect"

/** No Postgres binaries run on this platform. `reason` says what is missing. */
export class EmbeddedPostgresUnsupported
  extends Schema.TaggedError<EmbeddedPostgresUnsupported>()("EmbeddedPostgresUnsupported", {
    platform: Schema.String,
    reason: Schema.String
  })
{
  override get message(): string {
    return `There is no embedded Postgres on ${this.platform} (${this.reason}): ` +
      "set IDENTITY_DATABASE_URL to a Postgres server, for example the one that compose.yaml starts."
  }
}

/** The server could not be prepared, started or reached. `reason` is a sentence for an operator. */
export class EmbeddedPostgresUnavailable
  extends Schema.TaggedError<EmbeddedPostgresUnavailable>()("EmbeddedPostgresUnavailable", { reason: Schema.String })
{
  override get message(): string {
    return this.reason
  }
}
