/** The forms in which authenticator applications take a secret. */
import { Redacted } from "effect"
import type { Email } from "../../../domain/model/Email.ts"
import { base32 } from "../../../kernel/Base32.ts"

/** The address that applications read from a QR code. `issuer` names the service. */
export const otpauthUri = (seed: Redacted.Redacted<Uint8Array>, email: Email, issuer: string): string => {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(email)}`
  const secret = base32(Redacted.value(seed))
  return `otpauth://totp/${label}?secret=${secret}&issuer=${
    encodeURIComponent(issuer)
  }&algorithm=SHA1&digits=6&period=30`
}
