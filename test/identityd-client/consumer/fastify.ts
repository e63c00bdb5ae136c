// An application in Fastify: what it says of each request is tried by `guards.test.ts`.
import Fastify from "fastify"
import { identity } from "identityd-client"
import { guard, sessionOf } from "identityd-client/fastify"

const client = identity({ url: process.argv[2] ?? "", timeout: 500 })

const app = Fastify()
app.addHttpMethod("PROPFIND")
app.get("/forgotten", (request) => sessionOf(request).account_id)
app.get("/pages", { onRequest: guard(client, { signIn: "/sign-in" }) }, (request) => sessionOf(request).account_id)
app.get("/verified", { preHandler: guard(client, { verified: true }) }, (request) => sessionOf(request).account_id)
app.register(async (orders) => {
  orders.addHook("onRequest", guard(client))
  orders.all("/orders", (request) => sessionOf(request).account_id)
})

await app.listen({ port: 0, host: "127.0.0.1" })
console.log(JSON.stringify(app.server.address()))
