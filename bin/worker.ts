/** The executable of a worker, which the primary starts. The primary reports its failures. */
import { runWorker } from "../src/platform/process/Signals.ts"
import { work } from "./serve.ts"

runWorker(work, { disableErrorReporting: true })
