/** The forms in which authenticator applications take a secret. */
import { Redacted } from "effect"
import type { Email } from "../../../domain/model/Email.ts"

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** RFC 4648 §6, for a whole number of groups of five bits. */
export const base32 = (bytes: Uint8Array): string => {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("")
  return (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET.charAt(Number.parseInt(five, 2))).join("")
}

/** The address that applications read from a QR code. `issuer` names the service. */
export const otpauthUri = (seed: Redacted.Redacted<Uint8Array>, email: Email, issuer: string): string => {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(email)}`
  const secret = base32(Redacted.value(seed))
  return `otpauth://totp/${label}?secret=${secret}&issuer=${
    encodeURIComponent(issuer)
  }&algorithm=SHA1&digits=6&period=30`
}
