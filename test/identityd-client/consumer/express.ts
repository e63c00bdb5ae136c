// An application in Express: what it says of each request is tried by `guards.test.ts`.
import express from "express"
import { identity } from "identityd-client"
import { guard, sessionOf } from "identityd-client/express"

const client = identity({ url: process.argv[2] ?? "", timeout: 500 })

const app = express()
  .get("/forgotten", (request, response) => {
    response.send(sessionOf(request).account_id)
  })
  .use("/pages", guard(client, { signIn: "/sign-in" }))
  .use("/verified", guard(client, { verified: true }))
  .use(guard(client))
  .use((request, response) => {
    response.send(sessionOf(request).account_id)
  })

const server = app.listen(0, "127.0.0.1", () => console.log(JSON.stringify(server.address())))
