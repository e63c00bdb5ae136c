/**
 * The actions of people, as verbs for tests of the core: sign up, sign in, change their account.
 */
import { Effect, Schema } from "effect"
import type { Redacted } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { NewPassword } from "../../src/domain/model/Password.ts"
import type { SignIn } from "../../src/domain/sessions/PasswordSignIn.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { anEmail } from "./builders.ts"

export const PASSWORD = "correct horse battery staple"

export const CLIENT = { userAgent: "curl/8.0", ipAddress: "192.0.2.7" }

export const aPassword = (text = PASSWORD) => Effect.orDie(Schema.decodeEffect(NewPassword)(text))

export const signUp = Effect.fnUntraced(function*(email = anEmail(), text = PASSWORD) {
  const accounts = yield* Accounts
  return yield* accounts.create({
    email,
    password: yield* aPassword(text),
    displayName: DisplayName.make("Ada Lovelace")
  })
})

export const signIn = Effect.fnUntraced(function*(
  email: Email,
  text = PASSWORD,
  more: Partial<Pick<SignIn, "client" | "device" | "idempotencyKey" | "replaces" | "transport">> = {}
) {
  const sessions = yield* Sessions
  return yield* sessions.signIn({
    email,
    password: yield* aPassword(text),
    client: CLIENT,
    transport: "token",
    ...more
  })
})

export const signedIn = Effect.flatMap(signUp(), (account) => signIn(account.email))

/** Whether a token is still accepted. */
export const isAccepted = (token: Redacted.Redacted<string>) =>
  Effect.gen(function*() {
    const sessions = yield* Sessions
    return yield* sessions.verify(token).pipe(
      Effect.as(true),
      Effect.catchTag("SessionRequired", () => Effect.succeed(false))
    )
  })
