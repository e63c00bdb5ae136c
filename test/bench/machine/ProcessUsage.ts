/**
 * What a process has used, as Linux counts it. CPU time says more than a rate on a machine that others use as well.
 * Worker processes count with the one that started them, a database server's with their own first.
 */
import { readdirSync, readFileSync } from "node:fs"

/** `sysconf(_SC_CLK_TCK)`, which Linux fixes for all programs. */
const TICKS_PER_SECOND = 100

interface ProcessLine {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly seconds: number
}

const readLine = (pid: number): ReadonlyArray<ProcessLine> => {
  try {
    const [, name = "", rest = ""] = /\((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? []
    const fields = rest.split(" ")
    const secondsOf = (from: number, to: number) =>
      fields.slice(from, to).reduce((sum, field) => sum + Number(field), 0) / TICKS_PER_SECOND
    // Of those it started it has what those used that have ended: a pool closes connections, and opens others.
    const seconds = (preciseSeconds(pid) ?? secondsOf(11, 13)) + secondsOf(13, 15)
    return [{ pid, name, parent: Number(fields[1]), seconds }]
  } catch {
    // It ended while the list was read.
    return []
  }
}

/**
 * What the scheduler counts in nanoseconds, of a process of one thread. A database's many processes would lose a tick
 * each.
 */
const preciseSeconds = (pid: number): number | undefined =>
  readdirSync(`/proc/${pid}/task`).length === 1
    ? Number.parseInt(readFileSync(`/proc/${pid}/schedstat`, "utf8"), 10) / 1e9
    : undefined

const family = (pid: number): ReadonlyArray<ProcessLine> => {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => readLine(Number(name)))
  const members = all.filter((line) => line.pid === pid)
  for (const member of members) {
    members.push(
      ...all.filter((line) => line.parent === member.pid && (line.name !== "postgres" || member.name === "postgres"))
    )
  }
  return members
}

export const cpuSeconds = (pid: number): number => family(pid).reduce((sum, { seconds }) => sum + seconds, 0)

/** A process and all it has started. */
export const familyOf = (pid: number): ReadonlyArray<number> => family(pid).map(({ pid }) => pid)

export const residentMegabytes = (pid: number): number =>
  family(pid).reduce((sum, member) => sum + residentOf(member.pid), 0)

/** The most that one process has had so far; 0 once it has ended. */
export const peakMegabytes = (pid: number): number => {
  try {
    return memoryOf(pid, /VmHWM:\s+(\d+)/)
  } catch {
    return 0
  }
}

const residentOf = (pid: number): number => memoryOf(pid, /VmRSS:\s+(\d+)/)

const memoryOf = (pid: number, line: RegExp): number =>
  Number(line.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024
