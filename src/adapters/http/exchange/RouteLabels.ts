/**
 * What a request is called in metrics, spans and log lines: one of a few names, so that nobody makes time series or
 * index entries by inventing methods and paths.
 */
import type { KnownAddress } from "./RouteTable.ts"

/** The name the semantic conventions give to what is not among the known. */
const OTHER = "_OTHER"

const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"])

export const methodLabel = (method: string): string => KNOWN_METHODS.has(method) ? method : OTHER

export const routeLabel = (address: KnownAddress | undefined): string => address?.template ?? OTHER
