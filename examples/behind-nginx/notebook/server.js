// A notebook: every account has notes of its own. Shows how an Express application knows who sent a request.
import express from "express"
import { identity } from "identityd-client"
import { guard, sessionOf } from "identityd-client/express"
import { contentSecurityPolicy, notesPage, securityPage, signInPage } from "./pages.js"

const NOTES_MAX = 100
const NOTE_CHARACTERS_MAX = 1000

const client = identity({ url: process.env.IDENTITY_URL ?? "http://127.0.0.1:8080" })

/** By account. `account_id` never changes; an email and a name may. */
const notes = new Map()
const notesOf = (accountId) => notes.get(accountId) ?? []

const app = express()
app.disable("x-powered-by")

app.use((_request, response, next) => {
  response.set({
    "cache-control": "no-store",
    "content-security-policy": contentSecurityPolicy,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff"
  })
  next()
})

// The page's script signs in at identity itself (`/id/sessions`), so passwords never come here.
app.get("/sign-in", (_request, response) => response.send(signInPage))

// What it shows and changes, its script asks of identity (`/id/accounts/me/factors`), which sends those without a session
// to sign in. Where everybody needs a second factor, those without one can open this page alone.
app.get("/security", (_request, response) => response.send(securityPage))

// Nothing below is answered without a session. A request that changes something by the cookie has to come from a page
// of this origin: the guard asks identity, so there is no CSRF token.
app.use(guard(client, { signIn: "/sign-in", enrol: "/security" }))

app.get("/", (request, response) => {
  const { account, account_id } = sessionOf(request)
  response.send(notesPage(account, notesOf(account_id)))
})

app.post("/notes", express.urlencoded({ extended: false, limit: "16kb" }), (request, response) => {
  const { account_id } = sessionOf(request)
  const text = request.body?.text
  if (typeof text !== "string" || text.trim() === "" || text.length > NOTE_CHARACTERS_MAX) {
    return response.status(422).type("text").send(`A note has 1 to ${NOTE_CHARACTERS_MAX} characters.`)
  }
  notes.set(account_id, [text, ...notesOf(account_id)].slice(0, NOTES_MAX))
  response.redirect(303, "/")
})

app.use((_request, response) => response.status(404).type("text").send("There is nothing here."))

// Express would answer with the stack.
app.use((error, _request, response, next) => {
  if (response.headersSent) return next(error)
  const status = error.status >= 400 && error.status < 500 ? error.status : 500
  if (status === 500) console.error(error)
  response.status(status).type("text").send(status === 500 ? "Something went wrong." : "The request can't be read.")
})

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1")
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close().closeIdleConnections())
