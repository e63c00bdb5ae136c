import { textsOf } from "./Layout.ts"

const unasked = "If you didn't ask for this, ignore this mail. Nothing happens without the code or the link."

const secret = "Enter the code only where you asked for it. Nobody from {{service}} will ever ask you for it."

const notYou = "If this wasn't you, set a new password at once: ask for a recovery where you sign in."

export const english = textsOf({
  language: "en",
  code: "Your code",
  link: "Or open this address:",
  lifetime: "Both work once, for {{lifetime}}.",
  linkLifetime: "This works once, for {{lifetime}}.",
  time: "When",
  device: "Device",
  ipAddress: "Network address",
  automatic: "{{service}} sent this mail to {{email}}. Replies to it aren't read.",
  mails: {
    "email-verification": {
      subject: "Confirm your email address",
      lead: ["Please confirm that {{email}} is your address. It is in an account at {{service}}."],
      action: "Confirm the address",
      close: [secret, "If you have no account at {{service}}, ignore this mail. The address then stays unconfirmed."]
    },
    recovery: {
      subject: "Set a new password",
      lead: ["Somebody asked for a new password of your account at {{service}}. If it was you, continue here."],
      action: "Set a new password",
      close: [secret, "If it wasn't you, ignore this mail. Your password stays as it is."]
    },
    "sign-up": {
      subject: "Finish your sign-up",
      lead: ["Somebody asked for an account at {{service}} with this address. If it was you, continue here."],
      action: "Finish the sign-up",
      close: [secret, "If it wasn't you, ignore this mail. Then there will be no account."]
    },
    "sign-up-known": {
      subject: "You have an account already",
      lead: [
        "Somebody asked for an account at {{service}} with this address, which has one already.",
        "If it was you, sign in. If you don't know your password any more, ask for a recovery where you sign in."
      ],
      close: ["If it wasn't you, ignore this mail. The person who asked hasn't learnt that you have an account."]
    },
    "sign-in-link": {
      subject: "Sign in to {{service}}",
      lead: ["Somebody asked to sign in to your account at {{service}}. If it was you, continue here."],
      action: "Sign in",
      close: [secret, unasked]
    },
    "email-change": {
      subject: "Confirm your new email address",
      lead: ["Please confirm that {{email}} is to be the new address of your account at {{service}}."],
      action: "Confirm the new address",
      close: [secret, "If you didn't ask for this, ignore this mail. Nothing changes without your confirmation."]
    },
    "email-change-notice": {
      subject: "The email address of your account changed",
      lead: [
        "Your account at {{service}} has a new email address. {{email}} doesn't belong to it any more.",
        "If it was you, there is nothing to do. If it wasn't you, take the account back."
      ],
      action: "Take the account back",
      close: ["This brings back {{email}}, ends all sessions, and sends you a mail to set a new password."]
    },
    "password-changed": {
      subject: "Your password was changed",
      lead: ["The password of your account at {{service}} was changed. All other devices were signed out."],
      close: ["If it was you, there is nothing to do.", notYou]
    },
    "email-changed": {
      subject: "Your email address was changed",
      lead: ["The email address of your account at {{service}} was changed."],
      close: ["If it was you, there is nothing to do.", notYou]
    },
    "recovery-used": {
      subject: "Your account has a new password",
      lead: ["A new password was set for your account at {{service}} by a recovery. All devices were signed out."],
      close: ["If it was you, there is nothing to do.", notYou]
    },
    "new-device": {
      subject: "New sign-in to your account",
      lead: ["Somebody signed in to your account at {{service}} from a device that was new to it."],
      close: ["If it was you, there is nothing to do.", notYou]
    },
    "factor-added": {
      subject: "Your account has a new second factor",
      lead: ["A second factor was added to your account at {{service}}. From now on it is asked for at every sign-in."],
      close: ["If it was you, there is nothing to do.", notYou]
    },
    "factor-removed": {
      subject: "A second factor was removed from your account",
      lead: ["A second factor was removed from your account at {{service}}."],
      close: ["If it was you, there is nothing to do.", notYou]
    },
    test: {
      subject: "Test mail from {{service}}",
      lead: ["{{service}} can send mail. Mails to the holders of its accounts look like this one."],
      close: ["An operator of {{service}} asked for this mail."]
    }
  }
})
