/** Gateways of deploy/gateways as processes, between a client and an application that says what it was sent. */
import { Context, Effect, Layer, Option, Schedule, Schema } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { IncomingMessage } from "node:http"
import { request } from "node:https"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { PublicAddress } from "../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../src/adapters/http/listener/ListenerState.ts"
import * as MemoryStores from "../../src/adapters/memory/MemoryStores.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { parseNetwork } from "../../src/domain/model/IpAddress.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { freePorts } from "../e2e/IdentityProcess.ts"
import { openConnection, parseAnswer } from "../support/raw-exchange.ts"
import { publicListener } from "../support/RunningServer.ts"
import { changing } from "../support/stores.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import * as TestServices from "../support/TestServices.ts"
import { tlsFiles } from "../support/tls-files.ts"
import { read } from "./Deployed.ts"

interface Places {
  readonly directory: string
  readonly port: number
  readonly cert: string
  readonly key: string
  /** A file of deploy/gateways with the test's places in it. */
  readonly adapted: (path: string) => string
}

/** A program with a file in deploy/gateways. */
interface GatewayProgram {
  readonly name: string
  /** Writes the files that the program reads, and returns its command. */
  readonly prepare: (places: Places) => readonly [program: string, ...words: ReadonlyArray<string>]
}

const nginx: GatewayProgram = {
  name: "nginx",
  prepare: ({ adapted, cert, directory, key, port }) => {
    const server = adapted("nginx.conf").replace("listen 443", `listen 127.0.0.1:${port}`)
      .replace("/etc/ssl/app.example.com.pem", cert).replace("/etc/ssl/private/app.example.com.key", key)
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) =>
      `${kind}_temp_path ${directory}/${kind};`
    )
    writeFileSync(
      `${directory}/nginx.conf`,
      `daemon off; master_process off; pid ${directory}/pid; events {}
http { access_log off; ${temporary.join(" ")}\n${server} }`
    )
    return ["nginx", "-e", "stderr", "-p", directory, "-c", `${directory}/nginx.conf`]
  }
}

const haproxy: GatewayProgram = {
  name: "haproxy",
  prepare: ({ adapted, cert, directory, key, port }) => {
    writeFileSync(`${directory}/authorize.lua`, adapted("haproxy/authorize.lua"))
    writeFileSync(`${directory}/both.pem`, readFileSync(cert, "utf8") + readFileSync(key, "utf8"))
    writeFileSync(
      `${directory}/haproxy.cfg`,
      adapted("haproxy/haproxy.cfg").replace("bind :443", `bind 127.0.0.1:${port}`)
        .replace("/etc/haproxy/authorize.lua", `${directory}/authorize.lua`)
        .replace("/etc/haproxy/app.example.com.pem", `${directory}/both.pem`)
    )
    return ["haproxy", "-db", "-f", `${directory}/haproxy.cfg`]
  }
}

const caddy: GatewayProgram = {
  name: "caddy",
  prepare: ({ adapted, cert, directory, key, port }) => {
    const site = adapted("Caddyfile").replace("app.example.com {", `https://:${port} {\n  tls ${cert} ${key}`)
    writeFileSync(`${directory}/Caddyfile`, `{\n  admin off\n  auto_https off\n}\n${site}`)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", `${directory}/Caddyfile`]
  }
}

/** Debian puts servers where only administrators look for programs. */
const env = { PATH: `${process.env["PATH"]}:/usr/sbin` }

export const programs = [nginx, haproxy, caddy]

export const isAbsent = ({ name }: GatewayProgram): boolean => spawnSync(name, ["-v"], { env }).error !== undefined

/** What the application was sent. */
const Received = Schema.fromJsonString(Schema.Struct({
  method: Schema.String,
  url: Schema.String,
  headers: Schema.Array(Schema.String),
  bytes: Schema.Finite
}))

const described = ({ method, rawHeaders, url }: IncomingMessage, bytes: number) =>
  JSON.stringify({ method, url, headers: rawHeaders, bytes })

/** RFC 6455, section 1.3. */
const WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/** An application that answers with what it was sent, and counts. */
const application = Effect.gen(function*() {
  const seen = { requests: 0 }
  const server = createServer((request, response) => {
    seen.requests += 1
    let bytes = 0
    request.on("data", (chunk: Uint8Array) => bytes += chunk.length)
      .on("end", () => response.end(described(request, bytes)))
  })
  server.on("upgrade", (request, socket) => {
    seen.requests += 1
    const accepted = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${WEBSOCKET}`).digest("base64")
    const head = ["connection: upgrade", "upgrade: websocket", `sec-websocket-accept: ${accepted}`, "", ""]
    socket.end(["HTTP/1.1 101 Switching Protocols", ...head].join("\r\n") + described(request, 0))
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening")),
    () => Effect.sync(() => server.close().closeAllConnections())
  )
  const address = server.address()
  return { port: typeof address === "object" && address !== null ? address.port : 0, seen }
})

/** Whether the store behind identity is away. */
export class Outage extends Context.Service<Outage, { isOn: boolean }>()("identityd/test/deploy/Gateway/Outage") {}

const services = Layer.unwrap(Effect.map(Outage, (outage) =>
  TestServices.servicesOver(
    TestServices.cheapHasher,
    Layer.provideMerge(
      changing(SessionStore, ({ findSession }) => ({
        findSession: (id) => outage.isOn ? Effect.fail(new StoreUnavailable()) : findSession(id)
      })),
      MemoryStores.layer
    )
  )))

/** The gateway, as its visitors see it. */
export class Gateway extends Context.Service<Gateway, {
  /** One request over HTTP/1.1 and TLS. */
  readonly send: (line: string, headers: ReadonlyArray<string>, body?: string) => Effect.Effect<
    ReturnType<typeof parseAnswer> & { readonly received: typeof Received.Type | undefined },
    Error
  >
  /** A WebSocket's handshake. */
  readonly openSocket: (headers: Readonly<Record<string, string>>) => Effect.Effect<
    { readonly status: number | undefined; readonly received: typeof Received.Type | undefined },
    Error
  >
  readonly port: number
  readonly ca: string
  /** How many requests have reached the application. */
  readonly seen: { readonly requests: number }
}>()("identityd/test/deploy/Gateway/Gateway") {
  static readonly layer = ({ prepare }: GatewayProgram) =>
    Layer.effect(Gateway, start(prepare)).pipe(
      Layer.provideMerge(
        publicListener({
          trustedProxies: Option.toArray(parseNetwork("127.0.0.0/8")),
          allowedOrigins: ["https://app.example.com"],
          publicUrl: "https://app.example.com/id",
          signInUrl: "https://app.example.com/sign-in"
        }).pipe(Layer.provide(ListenerState.layer), Layer.provideMerge(services))
      ),
      Layer.provideMerge(Layer.sync(Outage, () => ({ isOn: false })))
    )
}

const receivedIn = (body: string) => {
  const json = /\{"method".*\}/.exec(body)?.[0]
  return json === undefined ? Effect.undefined : Schema.decodeEffect(Received)(json)
}

/** What comes of a WebSocket's handshake: the protocol's first bytes, or a refusal. */
const handshake = (port: number, ca: string, headers: Readonly<Record<string, string>>) =>
  Effect.callback<{ readonly status: number | undefined; readonly body: string }, Error>((resume) => {
    const answered = (status: number | undefined, body: Readable, head = "") =>
      text(body).then((rest) => resume(Effect.succeed({ status, body: head + rest })))
    request({
      host: "127.0.0.1",
      port,
      ca,
      agent: false,
      checkServerIdentity: () => undefined,
      path: "/socket",
      headers: {
        host: "app.example.com",
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers
      }
    })
      .on("upgrade", ({ statusCode }, socket, head) => answered(statusCode, socket, head.toString()))
      .on("response", (answer) => answered(answer.statusCode, answer))
      .on("error", (error) => resume(Effect.fail(error)))
      .end()
  })

const start = Effect.fnUntraced(function*(prepare: GatewayProgram["prepare"]) {
  const directory = yield* temporaryDirectory("identity-gateway-")
  const { cert: ca, files } = yield* tlsFiles
  const { port: identityPort } = yield* PublicAddress
  const { port: applicationPort, seen } = yield* application
  const [port] = yield* freePorts
  const adapted = (path: string) =>
    read(`deploy/gateways/${path}`).replaceAll("127.0.0.1:8080", `127.0.0.1:${identityPort}`)
      .replaceAll("127.0.0.1:3000", `127.0.0.1:${applicationPort}`)
  const [program, ...words] = prepare({ adapted, directory, port, ...files })
  let output = ""
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(program, words, { env: { ...env, HOME: directory } })),
    (child) =>
      Effect.promise(async () => {
        child.kill("SIGKILL")
        if (child.exitCode === null && child.signalCode === null) await once(child, "close")
      })
  )
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => output += String(text))
  yield* openConnection(port, ca).pipe(
    Effect.scoped,
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.die(`${program} does not listen:\n${output}`) })
  )
  const send = Effect.fnUntraced(function*(line: string, headers: ReadonlyArray<string>, body = "") {
    const connection = yield* openConnection(port, ca)
    const length = body === "" ? [] : [`content-length: ${body.length}`]
    const lines = [`${line} HTTP/1.1`, "host: app.example.com", "connection: close", ...headers, ...length, "", body]
    yield* connection.write(lines.join("\r\n"))
    const answer = parseAnswer(yield* connection.ended)
    return { ...answer, received: yield* receivedIn(answer.body) }
  }, Effect.scoped)
  const openSocket = Effect.fnUntraced(function*(headers: Readonly<Record<string, string>>) {
    const { body, status } = yield* handshake(port, ca, headers)
    return { status, received: yield* receivedIn(body) }
  })
  return Gateway.of({ send, openSocket, port, ca, seen })
})
