/** What the pages of links say, in the languages of the built-in mails. */
import type { BuiltInLanguage } from "../../../domain/model/Mail.ts"

/** The pages, by the purpose in their address. */
export const LINK_PURPOSES = [
  "email-verification",
  "recovery",
  "sign-up",
  "sign-in-link",
  "email-change",
  "email-change-reversal"
] as const

export type LinkPurpose = typeof LINK_PURPOSES[number]

interface PurposeWords {
  readonly title: string
  readonly lead: string
  /** On the button. */
  readonly action: string
  /** When it has worked. */
  readonly done: string
}

export interface LinkPageWords {
  readonly purposes: Readonly<Record<LinkPurpose, PurposeWords>>
  readonly password: string
  readonly newPassword: string
  readonly displayName: string
  readonly sending: string
  /** The link has no answer in it. */
  readonly incomplete: string
  /** What the service answered, by the code of its problem. */
  readonly refusals: Readonly<Record<string, string>>
  /** Any other refusal, and no answer at all. */
  readonly failed: string
  readonly noScript: string
}

const english: LinkPageWords = {
  password: "Password",
  newPassword: "New password",
  displayName: "Your name, as others see it",
  sending: "One moment.",
  incomplete: "Something is missing in this link. Open it from the mail once more, or copy it whole.",
  refusals: {
    "invalid-code": "This link isn't right. Open it from the newest mail once more.",
    "challenge-over": "This link was used already, or it is too old. Ask for a new mail where you asked for this one.",
    "second-factor-required":
      "This account has a second factor. Go back to where you asked for the mail, and enter the code from the mail there.",
    "email-already-exists": "Another account has this address by now.",
    "validation-failed": "This can't be accepted:",
    "too-many-requests": "That was too often. Wait a few minutes, and try again.",
    "not-found": "This isn't possible here."
  },
  failed: "The service can't be reached at the moment. Try again.",
  noScript: "This page needs JavaScript. You can also enter the code from the mail where you asked for it.",
  purposes: {
    "email-verification": {
      title: "Confirm your email address",
      lead: "Confirm that this address is yours.",
      action: "Confirm the address",
      done: "Your address is confirmed. You can close this page."
    },
    recovery: {
      title: "Set a new password",
      lead: "All devices that are signed in to your account will be signed out.",
      action: "Set the password",
      done: "Your new password is set, and this browser is signed in. You can close this page."
    },
    "sign-up": {
      title: "Finish your sign-up",
      lead: "Choose a name and a password for your account.",
      action: "Sign up",
      done: "Your account is ready, and this browser is signed in. You can close this page."
    },
    "sign-in-link": {
      title: "Sign in",
      lead: "Sign in to your account in this browser.",
      action: "Sign in",
      done: "You are signed in. You can close this page."
    },
    "email-change": {
      title: "Confirm your new email address",
      lead: "Your account gets this address, and your other devices are signed out.",
      action: "Confirm the new address",
      done: "Your account has its new address. You can close this page."
    },
    "email-change-reversal": {
      title: "Take your account back",
      lead: "Your account gets its old address back, and all devices are signed out. " +
        "You then get a mail to set a new password.",
      action: "Take the account back",
      done: "Your account has its old address again. A mail to set a new password is on its way."
    }
  }
}

const german: LinkPageWords = {
  password: "Passwort",
  newPassword: "Neues Passwort",
  displayName: "Ihr Name, wie andere ihn sehen",
  sending: "Einen Moment.",
  incomplete: "In diesem Link fehlt etwas. Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz.",
  refusals: {
    "invalid-code": "Dieser Link stimmt nicht. Öffnen Sie ihn noch einmal aus der neuesten E-Mail.",
    "challenge-over": "Dieser Link wurde schon benutzt oder ist zu alt. Fordern Sie eine neue E-Mail an.",
    "second-factor-required":
      "Dieses Konto hat einen zweiten Faktor. Geben Sie den Code aus der E-Mail dort ein, wo Sie sie angefordert haben.",
    "email-already-exists": "Inzwischen hat ein anderes Konto diese Adresse.",
    "validation-failed": "Das wird nicht angenommen:",
    "too-many-requests": "Das war zu oft. Warten Sie einige Minuten, und versuchen Sie es noch einmal.",
    "not-found": "Das ist hier nicht möglich."
  },
  failed: "Der Dienst ist gerade nicht zu erreichen. Versuchen Sie es noch einmal.",
  noScript: "Diese Seite braucht JavaScript. Sie können auch den Code aus der E-Mail dort eingeben, wo Sie sie " +
    "angefordert haben.",
  purposes: {
    "email-verification": {
      title: "Bestätigen Sie Ihre E-Mail-Adresse",
      lead: "Bestätigen Sie, dass diese Adresse Ihnen gehört.",
      action: "Adresse bestätigen",
      done: "Ihre Adresse ist bestätigt. Sie können diese Seite schließen."
    },
    recovery: {
      title: "Setzen Sie ein neues Passwort",
      lead: "Alle Geräte, die mit Ihrem Konto angemeldet sind, werden abgemeldet.",
      action: "Passwort setzen",
      done: "Ihr neues Passwort gilt, und dieser Browser ist angemeldet. Sie können diese Seite schließen."
    },
    "sign-up": {
      title: "Schließen Sie Ihre Registrierung ab",
      lead: "Wählen Sie einen Namen und ein Passwort für Ihr Konto.",
      action: "Registrieren",
      done: "Ihr Konto ist bereit, und dieser Browser ist angemeldet. Sie können diese Seite schließen."
    },
    "sign-in-link": {
      title: "Anmelden",
      lead: "Melden Sie sich in diesem Browser mit Ihrem Konto an.",
      action: "Anmelden",
      done: "Sie sind angemeldet. Sie können diese Seite schließen."
    },
    "email-change": {
      title: "Bestätigen Sie Ihre neue E-Mail-Adresse",
      lead: "Ihr Konto bekommt diese Adresse, und Ihre anderen Geräte werden abgemeldet.",
      action: "Neue Adresse bestätigen",
      done: "Ihr Konto hat seine neue Adresse. Sie können diese Seite schließen."
    },
    "email-change-reversal": {
      title: "Holen Sie sich Ihr Konto zurück",
      lead: "Ihr Konto bekommt seine alte Adresse zurück, und alle Geräte werden abgemeldet. Sie bekommen dann eine " +
        "E-Mail, mit der Sie ein neues Passwort setzen.",
      action: "Konto zurückholen",
      done: "Ihr Konto hat wieder seine alte Adresse. Die E-Mail für ein neues Passwort ist unterwegs."
    }
  }
}

export const linkPageWords: Readonly<Record<BuiltInLanguage, LinkPageWords>> = { en: english, de: german }
