/** Asks identity who sent a request, and whatever else its API document has. */
export type * from "./api.ts"
// The API's own, with more members. `Session` is what a check answers.
export type { Session as SessionResource } from "./api.ts"
export { identity } from "./Client.ts"
export type { CheckOptions, Client, ClientSettings } from "./Client.ts"
export type { Problem } from "./exchange.ts"
export type { Answer, Input, Operation } from "./Operations.ts"
export type { Check, Refusal, Requirements, Session } from "./Session.ts"
export { Unavailable } from "./Unavailable.ts"
export type { HeaderFields, RequestHead, Visitor } from "./Visitor.ts"
