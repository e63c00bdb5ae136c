/** nginx with the file of deploy/gateways, in front of an application that does nothing, which nginx itself is. */
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { startServer } from "../machine/ServerProcess.ts"
import { NotMeasured } from "../suite/Verdict.ts"

/** Debian puts servers where only administrators look for programs. */
const PATH = `${process.env["PATH"]}:/usr/sbin`

const gateway = readFileSync(fileURLToPath(new URL("../../../deploy/gateways/nginx.conf", import.meta.url)), "utf8")

/** Who is asked about each request: an address that answers 2xx if the request is signed in. Nobody without one. */
const asking = (address: string | undefined): string =>
  address === undefined
    ? gateway.replace("auth_request /identity-authorize;", "")
    : gateway.replace("http://identity/authorize", `http://identity${new URL(address).pathname}`)
      .replace("server 127.0.0.1:8080", `server ${new URL(address).host}`)

/** Without TLS, which would cost each server the same. */
export const startNginx = Effect.fnUntraced(function*(name: string, address: string | undefined) {
  if (spawnSync("nginx", ["-v"], { env: { PATH } }).error !== undefined) {
    return yield* new NotMeasured({ message: "nginx is not installed", broken: false })
  }
  const directory = yield* temporaryDirectory("identity-nginx-")
  const [port, applicationPort] = yield* freePorts
  const server = asking(address)
    .replace("listen 443 ssl http2", `listen 127.0.0.1:${port}`)
    .replaceAll(/^ *ssl_certificate.*\n/gm, "")
    .replace("server 127.0.0.1:3000", `server 127.0.0.1:${applicationPort}`)
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) =>
    `${kind}_temp_path ${directory}/${kind};`
  )
  writeFileSync(
    `${directory}/nginx.conf`,
    `daemon off; master_process off; pid ${directory}/pid; events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; ${temporary.join(" ")}
  ${server}
  server { listen 127.0.0.1:${applicationPort}; location / { return 200 "done"; } }
}`
  )
  return yield* startServer({
    name,
    program: "nginx",
    flags: ["-e", "stderr", "-p", directory, "-c"],
    script: `${directory}/nginx.conf`,
    variables: { PATH },
    url: `http://127.0.0.1:${port}`
  })
})
