/** Runs identity and the applications of this folder behind nginx, on this machine alone, until somebody ends it. */
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { parseArgs } from "node:util"
import { env, Failure, plan } from "./plan.ts"
import type { Program } from "./plan.ts"

const HELP = `Runs identity and three small applications behind nginx, on this machine alone.

Usage: npm run examples -- [options]

Options:
  --port <number>     Where nginx listens on 127.0.0.1 (default: 8000)
  --minutes <number>  Ends by itself after that time, at most 1440 (default: 60)
  --help              Shows this

It needs nginx, and for the applications python3, go and
\`npm ci --prefix examples/behind-nginx/notebook\`. An application whose language
is missing is left out. Accounts and all else are in a temporary directory,
which is removed at the end. Ctrl-C ends everything.`

const START_SECONDS = 90
const END_SECONDS = 25
const REMOVALS_MAX = 100
const OUTPUT_CHARACTERS = 4000

interface Running {
  readonly name: string
  readonly child: ChildProcess
  readonly output: () => string
}

const start = ({ command: [file, ...words], directory, env: more, name }: Program): Running => {
  let output = ""
  const child = spawn(file, words, { cwd: directory, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"] })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => output = (output + String(text)).slice(-OUTPUT_CHARACTERS))
  }
  child.on("error", ({ message }) => output += message)
  return { name, child, output: () => output }
}

const hasEnded = ({ exitCode, pid, signalCode }: ChildProcess) =>
  pid === undefined || exitCode !== null || signalCode !== null

/** Waits until a program answers, whatever it says. */
const untilUp = async ({ address, name }: Program, { child, output }: Running, isOver: AbortSignal): Promise<void> => {
  for (const deadline = Date.now() + START_SECONDS * 1000; Date.now() < deadline && !isOver.aborted;) {
    if (hasEnded(child)) break
    const answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(2000) }).catch(() =>
      undefined
    )
    if (answer !== undefined && (name !== "identity" || answer.ok)) return
    await setTimeout(100)
  }
  if (!isOver.aborted) throw new Failure(`${name} does not start:\n${output()}`)
}

const end = async ({ child }: Running): Promise<void> => {
  if (hasEnded(child)) return
  const closed = once(child, "close")
  child.kill("SIGTERM")
  const isSlow = await Promise.race([closed.then(() => false), setTimeout(END_SECONDS * 1000, true, { ref: false })])
  if (!isSlow) return
  child.kill("SIGKILL")
  await closed
}

/** Identity's database may still be writing its last files. */
const remove = async (directory: string): Promise<void> => {
  for (let tries = 0; tries < REMOVALS_MAX && existsSync(directory); tries++) {
    if (tries > 0) await setTimeout(100)
    await rm(directory, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Runs everything until `isOver`, and ends it in the reverse order. */
const run = async (port: number, minutes: number, isOver: AbortSignal): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), "identity-examples-"))
  const running: Array<Running> = []
  try {
    mkdirSync(join(directory, "identity"), { mode: 0o700 })
    for (const program of await plan(directory, port)) {
      if (isOver.aborted) return
      const started = start(program)
      running.push(started)
      await untilUp(program, started, isOver)
    }
    if (isOver.aborted) return
    console.log(`Open http://localhost:${port}/ (Ctrl-C ends everything, as do ${minutes} minutes)`)
    const died = running.map(async ({ child, name, output }) => {
      await once(child, "close")
      if (!isOver.aborted) throw new Failure(`${name} has ended:\n${output()}`)
    })
    await Promise.race([once(isOver, "abort"), ...died])
  } finally {
    for (const each of running.toReversed()) await end(each)
    await remove(directory)
  }
}

const wholeNumber = (name: string, text: string, max: number): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= 1 && number <= max) return number
  throw new Failure(`--${name} has to be a whole number from 1 to ${max}.`)
}

const options = {
  port: { type: "string", default: "8000" },
  minutes: { type: "string", default: "60" },
  help: { type: "boolean", default: false }
} as const

const main = async (): Promise<void> => {
  const { help, minutes: minutesText, port: portText } = parseArgs({ options }).values
  if (help) return console.log(HELP)
  const port = wholeNumber("port", portText, 65_535)
  const minutes = wholeNumber("minutes", minutesText, 1440)
  const ending = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => ending.abort())
  await run(port, minutes, AbortSignal.any([ending.signal, AbortSignal.timeout(minutes * 60_000)]))
}

try {
  await main()
} catch (error) {
  const isOurs = error instanceof Failure || (error instanceof TypeError && "code" in error)
  console.error(isOurs ? error.message : error)
  process.exitCode = isOurs ? 2 : 1
}
