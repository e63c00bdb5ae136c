/** A stream that keeps what is written to it. */
import { Writable } from "node:stream"

export const make = () => {
  let text = ""
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk)
      done()
    }
  })
  return { stream, text: () => text }
}
