/**
 * The rules of `docs/security.md`. `6.2.1` is a requirement of OWASP ASVS 5.0.0, `N3.1.1.2` a section of NIST
 * SP 800-63B-4; the statements are ours and say what the service does about it.
 */
import { challenges, passwords, signingIn } from "./authentication-rules.ts"
import { asvs, promise } from "./Rule.ts"
import type { Chapter } from "./Rule.ts"

const sessions: Chapter = {
  title: "Sessions",
  rules: [
    asvs("7.1.2", "An account has a greatest number of sessions; one more ends the oldest."),
    asvs("7.2.3", "Session ids have 128 random bits."),
    asvs("7.2.4", "Signing in, elevating the session and changing the password issue a new token and end the old one."),
    asvs("7.3.1", "A session ends when it was not used for the idle timeout, to the millisecond."),
    asvs("7.3.2", "A session ends at its longest life, however much it is used."),
    asvs("7.4.1", "A session that was ended is refused from then on."),
    asvs("7.4.2", "Disabling and deleting an account end its sessions."),
    asvs("7.4.3", "Changing password or email ends the other sessions."),
    asvs("7.4.5", "Administrators end one account's sessions, or those with something in common."),
    asvs(
      "7.5.1",
      "Changing email or password and deleting the account take the current password or an elevated session."
    ),
    asvs("7.5.2", "Owners see their own sessions and end any of them."),
    asvs("7.5.3", "A session is elevated for 15 minutes at most, by proving anew who its holder is.")
  ]
}

const authorisation: Chapter = {
  title: "Authorisation",
  rules: [
    asvs("8.2.1", "Every route is served to the callers it is for, and to nobody else."),
    asvs("8.2.2", "One account's data is not found by another."),
    asvs("8.2.3", "Members of an account that its holder may not change can't be sent."),
    asvs("8.3.1", "Whether a caller may is decided on the server, by the session it presents."),
    asvs("8.3.2", "What ends a permission ends it at once.")
  ]
}

const tokens: Chapter = {
  title: "Tokens and keys",
  rules: [
    asvs("9.1.1", "A token's MAC is checked before anything else; no flipped bit and no other spelling passes."),
    asvs("9.1.2", "There is one algorithm, and what was signed for one purpose serves no other."),
    asvs("9.1.3", "Only keys of the configured ring verify."),
    asvs("11.1.1", "Keys and peppers are rotated without a failed request."),
    asvs("11.2.4", "Secrets are compared in constant time."),
    asvs("11.3.2", "Secrets that have to be read again are sealed by AES-256-GCM."),
    asvs("11.3.3", "A sealed secret that was altered, or moved to another account or factor, doesn't open."),
    asvs("11.5.1", "What must not be guessed has 128 random bits or more."),
    asvs(
      "13.3.1",
      "No key is in the repository or the package; short, repeated and published ones stop the start, and no message " +
        "repeats one."
    )
  ]
}

const browsers: Chapter = {
  title: "Browsers",
  rules: [
    asvs("3.3.1, 3.3.2, 3.3.3, 3.3.4", "Cookies are `__Host-`, `Secure`, `HttpOnly` and `SameSite=Strict`."),
    asvs("3.4.1", "Over TLS every answer carries strict-transport-security, for two years and all subdomains."),
    asvs("3.4.2", "Cross-origin reading is for the configured origins, to the letter."),
    asvs(
      "3.4.3, 3.4.4, 3.4.5, 3.4.6",
      "Every answer says what a browser may do with it: nothing, but for the script of the reference."
    ),
    asvs("3.5.1", "A change, or a WebSocket, by cookie has to come from an allowed page."),
    asvs("3.5.2", "Bodies are JSON, which no form of another site can send."),
    asvs("3.5.3", "Reading changes nothing.")
  ]
}

const http: Chapter = {
  title: "HTTP",
  rules: [
    asvs("4.1.1", "Every body says what it is; every refusal is a problem document."),
    asvs("4.1.3, 15.3.4", "A client's address and method are forwarded only by configured proxies."),
    asvs("4.1.4", "Methods that are not listed are refused."),
    asvs("4.2.1", "Where a request ends is said in one way, or it is refused."),
    asvs("12.1.2", "Over TLS, only ciphers with forward secrecy and authenticated encryption are agreed on."),
    asvs("14.2.1", "Tokens are taken from headers only, never from a URL."),
    asvs("14.3.2", "No answer may be stored."),
    asvs(
      "13.4.2, 13.4.3, 13.4.4, 13.4.5, 13.4.6",
      "The public listener shows no debug page, listing, TRACE, metrics or version."
    )
  ]
}

const input: Chapter = {
  title: "Input and output",
  rules: [
    asvs("1.1.1", "Input is brought into its one form once and then validated."),
    asvs(
      "1.2.1, 1.3.11",
      "What strangers chose is escaped in the HTML of mails, and stays on its line elsewhere in them."
    ),
    asvs("1.2.4", "SQL takes values as parameters only."),
    asvs("1.3.12", "Hostile text costs time in proportion to its length."),
    asvs("1.5.3", "There is one reading of a JSON text: members that are repeated are refused."),
    asvs("2.2.1", "Input is checked against what is allowed, and named when it is not."),
    asvs("15.3.1", "Answers are built member by member."),
    asvs("15.3.2", "The server calls nothing but the configured collector, and follows no redirect."),
    asvs("15.3.3", "Unknown members are refused."),
    asvs("15.3.5, 15.3.6", "Wrong types and `__proto__` are refused and harmless."),
    asvs("15.3.7", "A member, a header or a token that is given twice, in different ways, is refused.")
  ]
}

const data: Chapter = {
  title: "Changes of data",
  rules: [
    asvs("2.3.1", "Steps can't be skipped or overtaken: a session needs the password and epoch it was asked for with."),
    asvs("2.3.3", "A change happens whole or not at all."),
    asvs("2.3.4, 15.4.2", "Of changes that exclude each other one happens; the database decides in one statement."),
    asvs(
      "12.3.1, 12.3.2",
      "The connection to the database is encrypted where the server can, and is not made where the operator demands more " +
        "than it can show. Mails are sent over TLS only, except to a relay on loopback where the operator says so."
    ),
    asvs("13.2.2", "The documented database role can neither change the schema nor edit the audit log.")
  ]
}

const limits: Chapter = {
  title: "Limits and failures",
  rules: [
    asvs(
      "13.1.2",
      "What happens at the limit of hashes and connections is defined: one hash too many is told when to come back, one " +
        "connection too many is closed."
    ),
    asvs("15.2.2", "Costly work is bounded, and so is the time a client may take."),
    asvs("16.5.1", "Failures tell the caller nothing."),
    asvs("16.5.2", "The server outlives outages of its database."),
    asvs("16.5.3", "What can't be checked is refused."),
    asvs("16.5.4", "A mistake of ours is caught, answered and logged.")
  ]
}

const logs: Chapter = {
  title: "Logs",
  rules: [
    asvs("16.2.1, 16.2.2, 16.2.4", "An event is one line of JSON with time in UTC, level, message and fields."),
    asvs("16.2.3", "Nothing is sent anywhere that was not configured."),
    asvs("16.2.5", "Secrets are hidden in logs."),
    asvs("16.3.1", "Every sign-in and every refused one is recorded."),
    asvs("16.3.2", "Refused requests are logged."),
    asvs("16.3.3", "A used-up budget of guesses is recorded."),
    asvs("16.3.4", "Unexpected errors and outages are logged."),
    asvs("16.4.1", "Nothing in a log line can pretend to be another line or command a terminal.")
  ]
}

const promises: Chapter = {
  title: "Promises",
  rules: [
    promise("P2", "Revoked means dead, on every server, from the acknowledgement on."),
    promise("P3", "What is to happen once happens once."),
    promise("P4", "One email has one account."),
    promise("P5", "The budget of guesses is exact, however many are made at the same time."),
    promise("P6", "Time does not tell whether an account exists."),
    promise("P7", "The audit log has every change and nothing else."),
    promise("P8", "Secrets show nowhere."),
    promise("P15", "With a synchronous standby, nothing is answered or shown that a promotion could take back."),
    promise("P12", "Overload is refused at once, and one network's does not become others'."),
    promise(
      "P18",
      "No request costs more than it brings, whatever it is full of, and no client takes more than its share of " +
        "connections, of requests at once and of memory for answers."
    ),
    promise("F5", "On a read-only database sessions are checked, writes refused, and readiness says why."),
    promise("F7", "A lock on what session checks read makes a server not ready, and refuses in time."),
    promise(
      "F10",
      "A server that is asked to end resets no request that it has accepted or that waits to be accepted."
    ),
    promise("F12", "A migration beside running servers fails no request, also killed half-way, and can be repeated."),
    promise(
      "P14",
      "One clock decides, the database's: a node whose own is wrong by an hour or a year ends, revives and deletes nothing."
    ),
    promise(
      "F6",
      "However slow, stalled, reset or half-open the network to the database is, each request is answered within five " +
        "seconds, and all is well three seconds after it is."
    ),
    promise("F8", "What expires does so by one clock; no session ends early and none that is over is accepted."),
    promise(
      "P16",
      "A queued mail is sent: no crash of the server that sends loses it, and none is sent twice unless the mail server " +
        "had taken it before."
    ),
    promise("P17", "An owner gets in by a known device, and everybody else goes on, whatever networks attackers have."),
    promise(
      "P21",
      "An API key does what its scopes say, where and while it is good, and makes no key that can do more. Only its " +
        "digest is stored."
    ),
    promise("F14", "A log nobody reads and a collector that is down disturb no request."),
    promise("F16", "Stores in memory and in Postgres answer alike.")
  ]
}

export const chapters: ReadonlyArray<Chapter> = [
  passwords,
  signingIn,
  challenges,
  sessions,
  authorisation,
  tokens,
  browsers,
  http,
  input,
  data,
  limits,
  logs,
  promises
]
