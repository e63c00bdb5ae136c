/**
 * A device in words that its user recognises. They are all ours: the one who signs in chooses the user agent, and could
 * otherwise write into somebody else's mail.
 */

/** The first that matches counts, because many browsers name others, too. */
const BROWSERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bEdgA?(?:iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|Chromium|CriOS)\//, "Chrome"],
  [/\bVersion\/\d.*\bSafari\//, "Safari"]
]

const SYSTEMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac(?:intosh| OS X)\b/, "Mac"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"]
]

/** Such as `Firefox, Windows`. Empty if nothing is recognised. */
export const describeDevice = (userAgent: string): string =>
  [BROWSERS, SYSTEMS]
    .flatMap((table) => table.find(([form]) => form.test(userAgent))?.[1] ?? [])
    .join(", ")
