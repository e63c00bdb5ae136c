/** HAProxy in front of two servers, with the configuration that the guide about proxies shows. */
import { Effect, Schedule } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { fileURLToPath } from "node:url"
import { freePorts } from "../e2e/IdentityProcess.ts"
import { selfSignedCertificate } from "../support/self-signed-certificate.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

/** Debian keeps it where not everybody looks. */
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` }

export const hasHaproxy = spawnSync("haproxy", ["-v"], { env }).status === 0

const guide = readFileSync(fileURLToPath(new URL("../../docs/guides/proxies.md", import.meta.url)), "utf8")

/** The public and the management port of a server. */
type Ports = Effect.Success<typeof freePorts>

const connected = (port: number) =>
  Effect.tryPromise(async () => {
    const socket = connect(port, "127.0.0.1")
    await once(socket, "connect").finally(() => socket.destroy())
  })

/** Starts it. `changes` are made to the guide's configuration beside those of ports and files. */
export const haproxy = Effect.fnUntraced(
  function*(servers: readonly [Ports, Ports], changes: Readonly<Record<string, string>> = {}) {
    const directory = yield* temporaryDirectory("identity-haproxy-")
    const { cert, key } = selfSignedCertificate()
    writeFileSync(`${directory}/api.pem`, cert + key)
    const [port] = yield* freePorts
    const [[first, firstManagement], [second, secondManagement]] = servers
    const placed = Object.entries({
      ":443": `127.0.0.1:${port}`,
      "/etc/haproxy/api.example.com.pem": `${directory}/api.pem`,
      "8080": String(first),
      "9090": String(firstManagement),
      "8081": String(second),
      "9091": String(secondManagement),
      ...changes
    }).reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`the guide's configuration has no ${from}`)
      return text.replace(from, to)
    }, /```haproxy\n([^]*?)```/.exec(guide)?.[1] ?? "")
    writeFileSync(`${directory}/haproxy.cfg`, placed)
    yield* Effect.acquireRelease(
      Effect.sync(() => spawn("haproxy", ["-db", "-f", `${directory}/haproxy.cfg`], { env, stdio: "ignore" })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    yield* Effect.retry(connected(port), { schedule: Schedule.spaced("10 millis"), times: 500 })
    return { port, ca: cert }
  }
)
