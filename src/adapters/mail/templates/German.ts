import { textsOf } from "./Layout.ts"

const unasked = "Wenn Sie das nicht waren, ignorieren Sie diese E-Mail. Ohne den Code oder den Link geschieht nichts."

const secret =
  "Geben Sie den Code nur dort ein, wo Sie ihn angefordert haben. Niemand von {{service}} wird Sie je danach fragen."

const notYou =
  "Wenn Sie es nicht waren, setzen Sie sofort ein neues Passwort: Das geht dort, wo Sie sich anmelden, über " +
  "„Passwort vergessen“."

const nothingToDo = "Wenn Sie es waren, müssen Sie nichts tun."

export const german = textsOf({
  language: "de",
  code: "Ihr Code",
  link: "Oder öffnen Sie diese Adresse:",
  lifetime: "Beides gilt einmal und {{lifetime}} lang.",
  linkLifetime: "Das gilt einmal und {{lifetime}} lang.",
  time: "Wann",
  device: "Gerät",
  ipAddress: "Netzwerkadresse",
  automatic: "{{service}} hat diese E-Mail an {{email}} gesendet. Antworten darauf werden nicht gelesen.",
  mails: {
    "email-verification": {
      subject: "Bestätigen Sie Ihre E-Mail-Adresse",
      lead: ["Bitte bestätigen Sie, dass {{email}} Ihre Adresse ist. Sie steht in einem Konto bei {{service}}."],
      action: "Adresse bestätigen",
      close: [
        secret,
        "Wenn Sie kein Konto bei {{service}} haben, ignorieren Sie diese E-Mail. Die Adresse bleibt dann unbestätigt."
      ]
    },
    recovery: {
      subject: "Setzen Sie ein neues Passwort",
      lead: [
        "Jemand hat ein neues Passwort für Ihr Konto bei {{service}} angefordert. Wenn Sie es waren, geht es hier weiter."
      ],
      action: "Neues Passwort setzen",
      close: [secret, "Wenn Sie es nicht waren, ignorieren Sie diese E-Mail. Ihr Passwort bleibt, wie es ist."]
    },
    "sign-up": {
      subject: "Schließen Sie Ihre Registrierung ab",
      lead: [
        "Jemand hat mit dieser Adresse ein Konto bei {{service}} angefordert. Wenn Sie es waren, geht es hier weiter."
      ],
      action: "Registrierung abschließen",
      close: [secret, "Wenn Sie es nicht waren, ignorieren Sie diese E-Mail. Dann entsteht kein Konto."]
    },
    "sign-up-known": {
      subject: "Sie haben schon ein Konto",
      lead: [
        "Jemand hat mit dieser Adresse ein Konto bei {{service}} angefordert. Sie hat aber schon eines.",
        "Wenn Sie es waren, melden Sie sich an. Falls Sie Ihr Passwort vergessen haben, setzen Sie dort ein neues."
      ],
      close: [
        "Wenn Sie es nicht waren, ignorieren Sie diese E-Mail. Dass Sie ein Konto haben, hat dabei niemand erfahren."
      ]
    },
    "sign-in-link": {
      subject: "Anmelden bei {{service}}",
      lead: ["Jemand möchte sich bei {{service}} mit Ihrem Konto anmelden. Wenn Sie es sind, geht es hier weiter."],
      action: "Anmelden",
      close: [secret, unasked]
    },
    "email-change": {
      subject: "Bestätigen Sie Ihre neue E-Mail-Adresse",
      lead: ["Bitte bestätigen Sie, dass {{email}} die neue Adresse Ihres Kontos bei {{service}} werden soll."],
      action: "Neue Adresse bestätigen",
      close: [secret, "Wenn Sie es nicht waren, ignorieren Sie diese E-Mail. Ohne Bestätigung ändert sich nichts."]
    },
    "email-change-notice": {
      subject: "Die E-Mail-Adresse Ihres Kontos wurde geändert",
      lead: [
        "Ihr Konto bei {{service}} hat eine neue E-Mail-Adresse. {{email}} gehört nicht mehr dazu.",
        `${nothingToDo} Wenn Sie es nicht waren, holen Sie sich Ihr Konto zurück.`
      ],
      action: "Konto zurückholen",
      close: [
        "Damit gilt wieder {{email}}, alle Geräte werden abgemeldet, und Sie bekommen eine E-Mail für ein neues Passwort."
      ]
    },
    "password-changed": {
      subject: "Ihr Passwort wurde geändert",
      lead: ["Das Passwort Ihres Kontos bei {{service}} wurde geändert. Alle anderen Geräte wurden abgemeldet."],
      close: [nothingToDo, notYou]
    },
    "email-changed": {
      subject: "Ihre E-Mail-Adresse wurde geändert",
      lead: ["Die E-Mail-Adresse Ihres Kontos bei {{service}} wurde geändert."],
      close: [nothingToDo, notYou]
    },
    "recovery-used": {
      subject: "Ihr Konto hat ein neues Passwort",
      lead: ["Für Ihr Konto bei {{service}} wurde ein neues Passwort gesetzt. Alle Geräte wurden abgemeldet."],
      close: [nothingToDo, notYou]
    },
    "new-device": {
      subject: "Neue Anmeldung bei Ihrem Konto",
      lead: ["Jemand hat sich bei {{service}} von einem neuen Gerät aus mit Ihrem Konto angemeldet."],
      close: [nothingToDo, notYou]
    },
    "factor-added": {
      subject: "Ihr Konto hat einen neuen zweiten Faktor",
      lead: [
        "Zu Ihrem Konto bei {{service}} kam ein zweiter Faktor hinzu. Ab jetzt wird bei jeder Anmeldung danach gefragt."
      ],
      close: [nothingToDo, notYou]
    },
    "factor-removed": {
      subject: "Ein zweiter Faktor Ihres Kontos wurde entfernt",
      lead: ["Von Ihrem Konto bei {{service}} wurde ein zweiter Faktor entfernt."],
      close: [nothingToDo, notYou]
    },
    test: {
      subject: "Test-E-Mail von {{service}}",
      lead: ["{{service}} kann E-Mails senden. So sehen die E-Mails an die Inhaber seiner Konten aus."],
      close: ["Ein Betreiber von {{service}} hat diese E-Mail angefordert."]
    }
  }
})
