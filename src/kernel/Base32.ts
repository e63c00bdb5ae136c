/** Bytes as people type them (RFC 4648 §6). */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** Without padding. */
export const base32 = (bytes: Uint8Array): string => {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("")
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET.charAt(Number.parseInt(five.padEnd(5, "0"), 2))).join("")
}

/** Letter case, blanks, hyphens and padding make no difference. Undefined if the text has other characters. */
export const fromBase32 = (text: string): Uint8Array | undefined => {
  const digits = [...text.replaceAll(/[\s-]|(?<!=)=+$/g, "").toUpperCase()].map((digit) => ALPHABET.indexOf(digit))
  if (digits.includes(-1)) return undefined
  const bits = digits.map((digit) => digit.toString(2).padStart(5, "0")).join("")
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (eight) => Number.parseInt(eight, 2))
}
