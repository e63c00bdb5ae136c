/** This file imports nothing and is JavaScript, because a Node that is too old has to understand it. */

/** The major and minor version of the oldest Node that runs the executable, as `engines` in `package.json` says. */
export const OLDEST_NODE = /** @type {const} */ ([22, 19])

/**
 * Why Node of a version can't run the executable; `undefined` if it can.
 *
 * @param {string} version
 */
export const unsupportedNode = (version) => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
    ? undefined
    : `Node ${OLDEST_NODE.join(".")} or later is needed; this is ${version}.`
}
