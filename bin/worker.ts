/** The executable of a worker, which the primary starts. The primary reports its failures. */
import { leaveOutUndici } from "../src/platform/process/LeanHttp.js"
import { runWorker } from "../src/platform/process/Signals.ts"

leaveOutUndici()
const { work } = await import("./serve.ts")

runWorker(work, { disableErrorReporting: true })
