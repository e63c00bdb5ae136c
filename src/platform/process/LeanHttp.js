/**
 * Keeps Node from loading its HTTP client, undici, which takes 3 MB and 10 ms and which nothing of ours uses. Node
 * reads all exports of a built-in module when an ES module imports it, and three exports of `node:http` are undici's.
 *
 * Runs before `node:http` is imported, and is JavaScript for the same reason as `CompileCache.js`.
 */
export const leaveOutUndici = () => {
  const http = process.getBuiltinModule("node:http")
  for (const name of ["WebSocket", "CloseEvent", "MessageEvent"]) Reflect.deleteProperty(http, name)
}
