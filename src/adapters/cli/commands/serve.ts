import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Application } from "../kit/Application.ts"
import type { SettingOverride } from "../kit/Application.ts"
import { invocation } from "../kit/GlobalFlags.ts"

/** The settings that have a flag. None is a secret, because other users of the machine can read command lines. */
const settings = {
  host: { name: "IDENTITY_HOST", description: "Listen on this address", metavar: "ADDRESS" },
  port: { name: "IDENTITY_PORT", description: "Listen on this port", metavar: "PORT" },
  "management-host": {
    name: "IDENTITY_MANAGEMENT_HOST",
    description: "Listen on this address for health checks and metrics",
    metavar: "ADDRESS"
  },
  "management-port": {
    name: "IDENTITY_MANAGEMENT_PORT",
    description: "Listen on this port for health checks and metrics",
    metavar: "PORT"
  },
  "public-url": {
    name: "IDENTITY_PUBLIC_URL",
    description: "Begin every link and problem type with this",
    metavar: "URL"
  }
} as const

const settingFlag = (flag: keyof typeof settings) => {
  const { description, metavar, name } = settings[flag]
  return Flag.String(flag).pipe(
    Flag.withDescription(`${description} (${name})`),
    Flag.withMetavar(metavar),
    Flag.optional,
    Flag.map((given): ReadonlyArray<SettingOverride> =>
      Option.match(given, { onNone: () => [], onSome: (text) => [{ name, flag: `--${flag}`, text }] })
    )
  )
}

export const serve = Command.make("serve", {
  overrides: [
    settingFlag("host"),
    settingFlag("port"),
    settingFlag("management-host"),
    settingFlag("management-port"),
    settingFlag("public-url")
  ]
}).pipe(
  Command.withDescription(
    "Runs the server. Without IDENTITY_DATABASE_URL it keeps its data in an embedded Postgres server, which it " +
      "starts and migrates by itself. All other settings are variables: see `identity config`."
  ),
  Command.withShortDescription("Runs the server"),
  Command.withExamples([
    { command: "identity serve", description: "Try it: everything in one data directory" },
    {
      command: "identity serve --host 0.0.0.0 --public-url https://id.example.com",
      description: "Listen on every address, behind a proxy"
    }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ overrides }) {
    const application = yield* Application
    const given = yield* invocation
    yield* application.serve({ ...given, overrides: [...given.overrides, ...overrides.flat()] })
  }))
)
