// An application in Hono: what it says of each request is tried by `guards.test.ts`.
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { identity } from "identityd-client"
import { guard, sessionOf } from "identityd-client/hono"

const client = identity({ url: process.argv[2] ?? "", timeout: 500 })

const app = new Hono()
  .get("/forgotten", (c) => c.text(sessionOf(c).account_id))
  .use("/pages", guard(client, { signIn: "/sign-in" }))
  .use("/verified", guard(client, { verified: true }))
  .use(guard(client))
  .all("*", (c) => c.text(sessionOf(c).account_id))

serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (address) => console.log(JSON.stringify(address)))
