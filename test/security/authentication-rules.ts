/** The rules of `docs/security.md` about how people prove who they are. */
import { asvs } from "./Rule.ts"
import type { Chapter } from "./Rule.ts"

export const passwords: Chapter = {
  title: "Passwords",
  rules: [
    asvs("6.2.1", "A new password has a minimum length in code points, set by the operator and never below 8."),
    asvs("6.2.2, 6.2.3", "Holders change their password, by the current one."),
    asvs(
      "6.2.4, 6.2.12",
      "Common and breached passwords are refused with that reason, from a list that needs no network. So are easy " +
        "variations of them, and simple patterns."
    ),
    asvs("6.2.5", "No kind of character is asked for."),
    asvs(
      "N3.1.1.2",
      "A password that only contains a listed one is accepted, unless all the rest is what people put around a word."
    ),
    asvs(
      "6.2.8",
      "A password is verified as it was sent, in NFC and nothing else; what can't be is refused, never cut."
    ),
    asvs("6.2.9", "256 code points are accepted."),
    asvs("6.2.10", "A password is good until its holder changes it."),
    asvs("6.2.11", "Email, its local part, display name and the service's own names are no password."),
    asvs("11.4.2", "Passwords are stored as argon2id hashes, each with a salt of 16 random bytes."),
    asvs("11.2.2", "What hashes passwords can be replaced: a sign-in renews a hash with old parameters.")
  ]
}

export const signingIn: Chapter = {
  title: "Signing in",
  rules: [
    asvs("6.1.1", "The limits on guessing are documented, with what they do to an owner under attack."),
    asvs(
      "6.3.1, N3.2.2",
      "Guesses are counted on all servers together, and limited for an account, for a network and in total. Owners get " +
        "in by a device that signed in before."
    ),
    asvs(
      "6.3.3",
      "People who have a second factor get no session without it. The operator can demand one of everybody, which is " +
        "not the default."
    ),
    asvs("6.3.5", "Holders are told by mail of a sign-in from a device that is new to their account."),
    asvs("6.3.7", "Holders are told by mail of a new password and, at the former address, of a new email."),
    asvs("6.3.2", "A fresh database holds no account."),
    asvs("6.3.8", "Unknown, disabled and existing accounts are refused alike, in content and time.")
  ]
}

export const challenges: Chapter = {
  title: "Challenges by mail",
  rules: [
    asvs("6.5.1, 6.6.2", "What answers a challenge answers it once, and no other one."),
    asvs(
      "6.4.3",
      "People who have forgotten their password recover the account by a mail to its address; the old password and " +
        "all sessions end. It asks for second factors, unless no email of the account was ever verified: then they are " +
        "removed, because they may be those of somebody who signed up with another person's address."
    ),
    asvs("6.4.6", "Administrators start a recovery, and neither see its code nor choose the password."),
    asvs(
      "6.5.4",
      "Codes of mails have 26 bits, all alike likely; tokens of links have 256, seeds of authenticator applications 160 and " +
        "recovery codes 120."
    ),
    asvs(
      "6.5.5",
      "A recovery is over after ten minutes, a code of an authenticator application after a step before and after its own, and " +
        "the challenge of a passkey after five minutes."
    ),
    asvs("6.5.2", "Seeds and recovery codes are shown once; of codes only digests are stored."),
    asvs("6.7.2", "The challenge of a passkey has 128 random bits, is signed for one purpose, and is answered once."),
    asvs("6.6.3", "A challenge takes five answers, each counted before it is judged.")
  ]
}
