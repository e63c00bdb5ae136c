/** Servers others would write or take: each prepares a database of its own shape and is started on it. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdirSync } from "node:fs"
import { promisify } from "node:util"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { installed } from "../machine/Peers.ts"
import { PASSWORD, SIGNING_KEY } from "../machine/Population.ts"
import { execute, MAINTENANCE } from "../machine/Postgres.ts"
import { startServer } from "../machine/ServerProcess.ts"
import type { ServerProcess, Variables } from "../machine/ServerProcess.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { progress } from "../suite/Progress.ts"

export interface Peer {
  readonly name: string
  /** Below `test/bench/peers`. */
  readonly folder: string
  readonly variables: Variables
  /** Whether it works on our tables, and takes our requests. */
  readonly onOurTables: boolean
}

/** It hashes on every core, too. */
export const FASTIFY: Peer = {
  name: "Fastify, lean and written for this alone",
  folder: "fastify",
  variables: {},
  onOurTables: true
}

export const EXPRESS: Peer = {
  name: "Express and express-session on Postgres",
  folder: "express",
  variables: {},
  onOurTables: false
}

/** Its own endpoint of the session, which reads the database. */
export const BETTER_AUTH: Peer = { name: "Better Auth", folder: "better-auth", variables: {}, onOurTables: false }

/** Reads no database: a session that was ended is accepted until its cookie expires. */
export const BETTER_AUTH_CACHED: Peer = {
  ...BETTER_AUTH,
  name: "Better Auth with its cookie cache",
  variables: { COOKIE_CACHE: "on" }
}

export interface Contender {
  readonly server: ServerProcess
  readonly checks: string
  readonly signIns: string
}

export const startPeer = Effect.fnUntraced(function*(peer: Peer) {
  const folder = yield* installed(peer.folder)
  const { checks, signIns, url } = peer.onOurTables
    ? yield* (yield* Bench).database(USUAL)
    : yield* prepare(peer, folder)
  const [port] = yield* freePorts
  const server = yield* startServer({
    name: peer.name,
    script: `${folder}/server.js`,
    variables: { ...peer.variables, PORT: String(port), DATABASE_URL: url, SIGNING_KEY },
    url: `http://127.0.0.1:${port}`
  })
  const contender: Contender = { server, checks, signIns }
  return contender
})

const prepare = Effect.fnUntraced(function*(peer: Peer, folder: string) {
  const bench = yield* Bench
  const name = `peer_${[peer.folder, ...Object.keys(peer.variables)].join("_").replaceAll("-", "_").toLowerCase()}`
  const directory = `${bench.directory}/${name}`
  const url = bench.postgres.url(name)
  progress(`filling a database for ${peer.name}`)
  // Another case may have compared itself with the same peer.
  yield* execute(bench.postgres.url(MAINTENANCE), `DROP DATABASE IF EXISTS ${name}`)
  yield* execute(bench.postgres.url(MAINTENANCE), `CREATE DATABASE ${name}`)
  mkdirSync(directory, { recursive: true })
  const words = [`${folder}/prepare.js`, directory, String(USUAL.accounts), String(USUAL.sessions), PASSWORD]
  yield* Effect.promise(() =>
    promisify(execFile)(process.execPath, words, {
      env: { PATH: process.env["PATH"], ...peer.variables, DATABASE_URL: url }
    })
  )
  return { url, checks: `${directory}/checks`, signIns: `${directory}/sign-ins` }
})
