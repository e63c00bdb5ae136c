/** Requirements of the standards that the service doesn't meet, and why. */
import type { Deviation } from "./Rule.ts"

export const deviations: ReadonlyArray<Deviation> = [
  {
    id: "ASVS 6.3.8",
    difference: "`POST /accounts` answers 409 for an email that has an account, and so does moving to it.",
    reason: "Without mail there is no other way to tell its owner. `POST /sign-ups` reveals nothing, and with " +
      "`IDENTITY_EMAIL_VERIFICATION=required` it is the only way. Both are limited together, by email and by network."
  },
  {
    id: "ASVS 6.3.8",
    difference:
      "An account whose hash came from another system, or has old parameters, takes another time to refuse a wrong " +
      "password until its next sign-in.",
    reason: "The decoy has the current parameters; to imitate each account's own would be to have looked it up."
  },
  {
    id: "N3.2.2",
    difference: "After 100 failures in a row a password is not disabled; the waits grow instead.",
    reason: "It would give everybody a way to lock an owner out, who would need a recovery each time."
  },
  {
    id: "ASVS 6.3.1",
    difference: "While an account is attacked, its owner can be kept from signing in with a device that is new to it.",
    reason: "Nothing but the password tells them from the attacker. Devices that signed in before get in."
  },
  {
    id: "N3.1.1.2",
    difference: "The least length is 8 by default, not the 15 that is asked for where a password is all there is.",
    reason: "8 is what applications expect. `IDENTITY_PASSWORD_MIN_LENGTH` raises it."
  },
  {
    id: "ASVS 6.2.8",
    difference: "Spellings of one text that Unicode holds to be equal are one password.",
    reason: "Keyboards differ in how they compose a letter. N3.1.1.2 asks for it; nothing else is changed."
  },
  {
    id: "ASVS 6.5.3",
    difference: "The codes of mails aren't random but computed from a signing key and the challenge's id.",
    reason:
      "Nothing that is stored answers a challenge. But somebody who has a signing key can recover every account without a " +
      "second factor, as long as servers know the key: [operations.md](operations.md#a-signing-key-leaked)."
  },
  {
    id: "ASVS 7.5.2",
    difference: "Ending one's sessions takes no password.",
    reason: "It costs a sign-in and protects: people who see a session that is not theirs should not be held up."
  },
  {
    id: "ASVS 16.4.2",
    difference: "The hash chains of the audit log have no key.",
    reason:
      "Retired keys would have to be kept for ever. Somebody who can rewrite a whole chain and its end is found only by " +
      "a copy that is kept elsewhere; the server's role can't."
  },
  {
    id: "ASVS 14.2.4",
    difference: "Emails and names are not encrypted in the database.",
    reason: "They are searched by prefix. Encrypt the disk and the backups."
  }
]
