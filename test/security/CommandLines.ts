/** What everybody on the machine can read of a process. */
import { Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"

/** Empty when the process has ended in the meantime. */
const readProcess = (pid: number | string, file: "cmdline" | "status") =>
  Result.getOrElse(Result.try(() => readFileSync(`/proc/${pid}/${file}`, "utf8")), () => "")

/** The command lines of a process and its descendants. */
export const commandLines = (pid: number): ReadonlyArray<string> => {
  const children = readdirSync("/proc").filter((name) =>
    /^\d+$/.test(name) && /^PPid:\s*(\d+)/m.exec(readProcess(name, "status"))?.[1] === `${pid}`
  )
  return [readProcess(pid, "cmdline"), ...children.map(Number).flatMap(commandLines)]
}
