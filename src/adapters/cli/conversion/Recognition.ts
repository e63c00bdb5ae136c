/** By what the records of each system are known, so that nobody converts a file as if another system had made it. */
import type { SourceRecord } from "./Records.ts"
import type { SystemName } from "./Systems.ts"

interface Marks {
  /** The system's own name. */
  readonly title: string
  /** Each of its records has one of these members. Those of systems that keep passwords elsewhere have none. */
  readonly members: ReadonlyArray<string>
}

const marks: Readonly<Record<SystemName, Marks>> = {
  keycloak: { title: "one realm of Keycloak", members: ["createdTimestamp", "credentials"] },
  firebase: { title: "Firebase", members: ["localId"] },
  auth0: { title: "Auth0", members: ["_id", "user_id"] },
  "better-auth": { title: "Better Auth", members: ["accounts", "image", "password"] },
  cognito: { title: "Cognito", members: ["cognito:username", "cognito:mfa_enabled"] },
  django: { title: "Django", members: ["fields", "password"] },
  werkzeug: { title: "Werkzeug", members: ["password_hash", "password"] },
  aspnet: { title: "ASP.NET Core Identity", members: ["PasswordHash", "NormalizedEmail"] },
  devise: { title: "Devise", members: ["encrypted_password"] },
  phpass: { title: "phpass", members: ["password", "password_hash", "user_pass", "user_password"] },
  wordpress: { title: "WordPress", members: ["user_pass", "user_email"] },
  ldap: { title: "LDAP", members: ["dn"] },
  htpasswd: { title: "htpasswd", members: ["hash"] },
  kratos: { title: "Kratos", members: ["traits"] },
  supabase: { title: "Supabase", members: ["encrypted_password", "raw_user_meta_data", "email_confirmed_at"] }
}

export const isRecordOf = (from: SystemName, record: SourceRecord): boolean =>
  marks[from].members.some((name) => name in record)

/**
 * Whether a text without records is blank, or a JSON document of a system that makes such, or begins with the header of
 * the system's table.
 */
export const isEmptyExport = (from: SystemName, text: string): boolean => {
  const [header = ""] = text.split(/\r?\n/, 1)
  const names = header.split(",").map((name) => [name.replaceAll("\"", ""), ""])
  const isDocument = from !== "ldap" && from !== "htpasswd" && /^[[{]/.test(text)
  return text === "" || isDocument || isRecordOf(from, Object.fromEntries(names))
}

/** Says that a file isn't an export of the system, and what one has. */
export const explainForeign = (from: SystemName): string => {
  const { members, title } = marks[from]
  return `This isn't an export of ${title}. A record of one has ${members.join(" or ")}.`
}
