/**
 * How long the rest of some work will take if it goes on as before, such as `, 1 min 20 s left`. Empty if it isn't
 * known how much there is.
 */
export const timeLeft = (elapsedMillis: number, done: number, all: number | undefined): string => {
  if (all === undefined || done === 0) return ""
  const seconds = Math.ceil(elapsedMillis * Math.max(0, all - done) / done / 1000)
  return seconds < 60 ? `, ${seconds} s left` : `, ${Math.floor(seconds / 60)} min ${seconds % 60} s left`
}
