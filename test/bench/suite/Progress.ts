/** Says on stderr what is going on, because a whole run takes long. */
const begun = performance.now()

export const progress = (line: string): void => {
  const seconds = Math.round((performance.now() - begun) / 1000)
  process.stderr.write(`[${String(seconds).padStart(4)} s] ${line}\n`)
}
