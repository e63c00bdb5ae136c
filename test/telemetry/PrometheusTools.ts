/** Programs of Debian's packages `prometheus` and `prometheus-alertmanager`, which a machine may not have. */
import { spawnSync } from "node:child_process"

const isThere = (program: string): boolean => spawnSync(program, ["--version"]).status === 0

export const hasPromtool = isThere("promtool")

/** What `promtool` says about files, if it is not content with them. */
export const complaint = (args: ReadonlyArray<string>): string | undefined => {
  const { status, stderr, stdout } = spawnSync("promtool", args, { encoding: "utf8" })
  return status === 0 ? undefined : stdout + stderr
}
