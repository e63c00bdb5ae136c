/** The executable of a server's further processes, which another one starts. That one tells what goes wrong. */
import { runWorker } from "../src/platform/process/Signals.ts"
import { work } from "./serve.ts"

runWorker(work, { disableErrorReporting: true })
