/** What runs behind nginx, in the order in which it is started, and nginx itself. */
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** Why the examples can't run here, for people. */
export class Failure extends Error {}

export interface Program {
  readonly name: string
  readonly command: readonly [file: string, ...words: ReadonlyArray<string>]
  readonly directory?: string
  readonly env?: Readonly<Record<string, string>>
  /** Answers once the program can be used. */
  readonly address: string
}

/** The settings of another server stay out, but for the one that the examples show. */
const kept = Object.entries(process.env).filter(([name]) => !/^IDENTITY_(?!SECOND_FACTOR$)/.test(name))

/** Debian puts servers where only administrators look for programs. */
export const env = { ...Object.fromEntries(kept), PATH: `${process.env["PATH"]}:/usr/sbin` }

const here = fileURLToPath(new URL(".", import.meta.url))
const root = fileURLToPath(new URL("../../", import.meta.url))

const isInstalled = (program: string, ...words: ReadonlyArray<string>) =>
  spawnSync(program, words, { env }).status === 0

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  await once(server.close(), "close")
  return typeof address === "object" && address !== null ? address.port : 0
}

const replaced = (text: string, pairs: ReadonlyArray<readonly [old: string, replacement: string]>): string =>
  pairs.reduce((result, [old, replacement]) => {
    if (!result.includes(old)) throw new Failure(`deploy/gateways/nginx.conf has changed: it has no "${old}".`)
    return result.replaceAll(old, replacement)
  }, text)

/** deploy/gateways/nginx.conf with the ports of this machine, without TLS, and with a path for each application. */
const nginxConfiguration = (
  directory: string,
  ports: Record<"nginx" | "identity" | "notebook", number>,
  services: ReadonlyMap<string, number>
) => {
  const locations = [...services].map(([name, port]) =>
    `location = /${name} {\n      proxy_pass http://127.0.0.1:${port};\n    }`
  )
  const server = replaced(readFileSync(join(root, "deploy/gateways/nginx.conf"), "utf8"), [
    ["listen 443 ssl http2;", `listen 127.0.0.1:${ports.nginx};`],
    ["server_name app.example.com;", "server_name localhost;"],
    ["ssl_certificate     /etc/ssl/app.example.com.pem;", ""],
    ["ssl_certificate_key /etc/ssl/private/app.example.com.key;", ""],
    ["127.0.0.1:8080", `127.0.0.1:${ports.identity}`],
    ["127.0.0.1:3000", `127.0.0.1:${ports.notebook}`],
    // Where everybody needs a second factor, those without one get no further than the page to enrol it.
    [
      "    error_page 401 = @signed_out;\n",
      "    error_page 401 = @signed_out;\n    error_page 403 = @refused;\n"
    ],
    [
      "  location @not_checked {",
      "  location = /security {\n    proxy_pass http://application/security;\n  }\n\n" +
      "  location @refused {\n    if ($http_sec_fetch_mode = navigate) {\n      return 302 /security;\n    }\n" +
      "    return 403;\n  }\n\n  location @not_checked {"
    ],
    // Locations inside another one are checked as that one is.
    ["    proxy_pass http://application;\n", `    proxy_pass http://application;\n    ${locations.join("\n    ")}\n`]
  ])
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) =>
    `${kind}_temp_path ${directory}/${kind};`
  )
  return `daemon off;\nmaster_process off;\npid ${directory}/pid;\nevents {}\nhttp {\naccess_log off;\n${
    temporary.join("\n")
  }\n${server}}\n`
}

/** Their files are in `directory`, and nginx listens on `port`. */
export const plan = async (directory: string, port: number): Promise<ReadonlyArray<Program>> => {
  if (!isInstalled("nginx", "-v")) throw new Failure("nginx is not installed, and everything here is behind it.")
  if (!existsSync(join(here, "notebook/node_modules"))) {
    throw new Failure("The notebook's packages are missing: npm ci --prefix examples/behind-nginx/notebook")
  }
  const ports = { nginx: port, identity: await freePort(), management: await freePort(), notebook: await freePort() }
  const identity = `http://127.0.0.1:${ports.identity}`
  const services = [...await visits(identity), ...await greeting(directory, identity)]
  const configuration = join(directory, "nginx.conf")
  const places = new Map(services.map(({ address, name }) => [name, Number(new URL(address).port)]))
  writeFileSync(configuration, nginxConfiguration(directory, ports, places))
  return [
    {
      name: "identity",
      command: [join(root, "identity"), "serve"],
      // A file .env in the clone is another server's.
      directory,
      env: {
        IDENTITY_DATA_DIR: join(directory, "identity"),
        IDENTITY_PORT: String(ports.identity),
        IDENTITY_MANAGEMENT_PORT: String(ports.management),
        IDENTITY_PUBLIC_URL: `http://localhost:${port}/id`,
        IDENTITY_TRUSTED_PROXIES: "127.0.0.1"
      },
      address: `http://127.0.0.1:${ports.management}/readyz`
    },
    {
      name: "notebook",
      command: [process.execPath, "--import", clientHook, "server.js"],
      directory: join(here, "notebook"),
      env: { PORT: String(ports.notebook), IDENTITY_URL: identity },
      address: `http://127.0.0.1:${ports.notebook}/sign-in`
    },
    ...services,
    {
      name: "nginx",
      command: ["nginx", "-e", "stderr", "-p", directory, "-c", configuration],
      address: `http://127.0.0.1:${port}/sign-in`
    }
  ]
}

/** Has `identityd-client` be the sources in this clone, so that nothing has to be built. */
const clientHook = `data:text/javascript,${
  encodeURIComponent(`
import { registerHooks } from "node:module"
const sources = ${JSON.stringify(new URL("../../clients/typescript/src/", import.meta.url).href)}
registerHooks({
  resolve: (name, context, next) => {
    const [, entry = "index"] = /^identityd-client(?:\\/(\\w+))?$/.exec(name) ?? []
    return next(name.startsWith("identityd-client") ? sources + entry + ".ts" : name, context)
  }
})`)
}`

const visits = async (identity: string): Promise<ReadonlyArray<Program>> => {
  if (!isInstalled("python3", "--version")) return leftOut("visits", "python3")
  const port = await freePort()
  return [{
    name: "visits",
    command: ["python3", "visits.py", "--port", String(port), "--identity", identity],
    directory: join(here, "visits"),
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    address: `http://127.0.0.1:${port}/`
  }]
}

const greeting = async (directory: string, identity: string): Promise<ReadonlyArray<Program>> => {
  if (!isInstalled("go", "version")) return leftOut("greeting", "go")
  const program = join(directory, "greeting")
  const built = spawnSync("go", ["build", "-o", program, "."], { cwd: join(here, "greeting"), env, encoding: "utf8" })
  if (built.status !== 0) throw new Failure(`greeting can't be compiled:\n${built.stderr}`)
  const port = await freePort()
  return [{
    name: "greeting",
    command: [program, "-address", `127.0.0.1:${port}`, "-identity", identity],
    address: `http://127.0.0.1:${port}/`
  }]
}

const leftOut = (name: string, language: string): ReadonlyArray<Program> => {
  console.log(`Left out: ${name}, because ${language} is not installed.`)
  return []
}
