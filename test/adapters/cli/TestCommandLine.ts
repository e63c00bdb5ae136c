/**
 * The command line in this process, on memory: real services, reproducible ids and clock, and a terminal at which the
 * test types.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import {
  Cause,
  ConfigProvider,
  Console,
  Context,
  Effect,
  Exit,
  identity,
  Layer,
  Option,
  Redacted,
  Sink,
  Stdio,
  Stream,
  Terminal
} from "effect"
import { SecureRandom } from "effect/crypto"
import { ChildProcessSpawner } from "effect/process"
import { TestClock, TestConsole } from "effect/testing"
import { run } from "../../../src/adapters/cli/IdentityCli.ts"
import { Application } from "../../../src/adapters/cli/kit/Application.ts"
import * as AesGcmSecretBox from "../../../src/adapters/crypto/AesGcmSecretBox.ts"
import * as Argon2PasswordHasher from "../../../src/adapters/crypto/Argon2PasswordHasher.ts"
import { hashProblem } from "../../../src/adapters/crypto/ForeignHashes.ts"
import * as HmacTokenSigner from "../../../src/adapters/crypto/HmacTokenSigner.ts"
import * as InstalledPasswordHashEngine from "../../../src/adapters/crypto/InstalledPasswordHashEngine.ts"
import * as NodeOneTimeCodes from "../../../src/adapters/crypto/NodeOneTimeCodes.ts"
import * as SecureApiKeySecrets from "../../../src/adapters/crypto/SecureApiKeySecrets.ts"
import * as TemplateCommands from "../../../src/adapters/mail/templates/TemplateCommands.ts"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import * as Core from "../../../src/domain/Core.ts"
import { Mails } from "../../../src/domain/mail/Mails.ts"
import { AccountId } from "../../../src/domain/model/Account.ts"
import { ApiKeyId } from "../../../src/domain/model/ApiKey.ts"
import { AuditEntryId } from "../../../src/domain/model/Audit.ts"
import { ChallengeId } from "../../../src/domain/model/Challenge.ts"
import { DeviceId } from "../../../src/domain/model/Device.ts"
import { FactorId } from "../../../src/domain/model/Factor.ts"
import { MailId } from "../../../src/domain/model/Mail.ts"
import { SessionId } from "../../../src/domain/model/Session.ts"
import { IdGenerator } from "../../../src/ports/IdGenerator.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { Stores } from "../../../src/ports/Stores.ts"
import { blocklist } from "../../support/blocklist.ts"
import { START } from "../../support/builders.ts"
import { plainRenderer } from "../../support/mails.ts"
import { NEW_KEY, OLD_KEY } from "../../support/signing-keys.ts"
import { passkeyVerifier } from "../../support/TestServices.ts"
import { terminal } from "./TestTerminal.ts"

export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The terminal and its user. Without `typed` there is no terminal. */
export interface Person {
  /** Characters as keys; `\r` is the return key and `\u0003` is Ctrl-C. */
  readonly typed?: string
  readonly stdin?: string
  /** The width of the terminal that shows the result. Without it there is none. */
  readonly columns?: number
  readonly variables?: Readonly<Record<string, string>>
}

export class CommandLine extends Context.Service<CommandLine, {
  readonly run: (args: ReadonlyArray<string>, person?: Person) => Effect.Effect<Outcome>
}>()("CommandLine") {}

/** Replacements for the memory stores at full speed. */
export interface Circumstances {
  readonly stores?: typeof MemoryStores.layer
  readonly slowed?: (services: Layer.Layer<Driven>) => Layer.Layer<Driven>
}

/** Also provides the services that commands use, for arranging and checking. */
export const layer = (
  application: Partial<Application["Service"]> = {},
  { slowed = identity, stores = MemoryStores.layer }: Circumstances = {}
) =>
  Layer.effect(
    CommandLine,
    Effect.gen(function*() {
      yield* TestClock.setTime(START.epochMilliseconds)
      const context = pickDriven(yield* Effect.context<Driven>())
      const driven = Application.of({
        administrator: Effect.succeed("grace"),
        services: () => slowed(Layer.succeedContext(context)),
        mails: () => Layer.succeedContext(context),
        migrator: () => migrator,
        serve: () => Effect.void,
        configuration: () => Effect.succeed({ settings: [], failure: Option.none() }),
        examine: () => Effect.succeed([]),
        generateSigningKey: Effect.succeed(Redacted.make("k1:secret")),
        mailTemplates: TemplateCommands,
        hashProblem: Effect.succeed(hashProblem),
        ...application
      })
      return CommandLine.of({ run: (args, person = {}) => execute(driven, args, person) })
    })
  ).pipe(Layer.provideMerge(Layer.provide(services, stores)))

/** Leaves out what surrounds a run, which the services have no say in. */
const pickDriven = (context: Context.Context<Driven>) =>
  Context.makeUnsafe<Driven>(new Map([...context.mapUnsafe].filter(([key]) => key.startsWith("identityd/domain/"))))

export type Driven = Core.Services | Mails

const execute = Effect.fnUntraced(function*(
  application: Application["Service"],
  args: ReadonlyArray<string>,
  person: Person
) {
  const prompts: Array<string> = []
  const console = yield* TestConsole.make
  const exit = yield* run(args, { version: "1.2.3" }).pipe(
    Effect.provideService(Application, application),
    Effect.provideService(Console.Console, console),
    Effect.provide(surroundings(person, prompts), { local: true }),
    Effect.exit
  )
  return {
    exitCode: exitCodeOf(exit),
    stdout: (yield* console.logLines).join("\n"),
    stderr: [...prompts, ...(yield* console.errorLines)].join("\n")
  }
})

const exitCodeOf = (exit: Exit.Exit<void, { readonly exitCode: number }>): number =>
  Exit.match(exit, {
    onSuccess: () => 0,
    onFailure: (cause) =>
      Cause.hasInterruptsOnly(cause)
        ? 130
        : Option.match(Cause.findErrorOption(cause), { onNone: () => 1, onSome: ({ exitCode }) => exitCode })
  })

const surroundings = (person: Person, prompts: Array<string>) => {
  const atTerminal = Effect.succeed(person.typed !== undefined)
  return Layer.mergeAll(
    NodeFileSystem.layer,
    NodePath.layer,
    ConfigProvider.layer(ConfigProvider.fromEnvRecord(person.variables ?? { NO_COLOR: "1" })),
    Layer.mock(ChildProcessSpawner.ChildProcessSpawner, {}),
    Stdio.layerTest({
      stdinIsTerminal: atTerminal,
      stdoutIsTerminal: Effect.succeed(person.columns !== undefined),
      stderrIsTerminal: atTerminal,
      stderr: () => Sink.forEach((text) => Effect.sync(() => prompts.push(String(text)))),
      stdin: Stream.make(new TextEncoder().encode(person.stdin ?? ""))
    }),
    Layer.succeed(Terminal.Terminal, terminal(person.typed ?? "", person.columns))
  )
}

const migrator = Layer.sync(SchemaMigrator, () => {
  const pending = Effect.succeed([{ id: 1, name: "create_accounts" }, { id: 2, name: "create_sessions" }])
  return SchemaMigrator.of({ pending, ahead: Effect.succeed([]), plan: pending, migrate: pending })
})

const counted = () => {
  let made = 0
  return Effect.sync(() => (made += 1).toString(36).padStart(25, "0"))
}

const countedIds = Layer.sync(IdGenerator, () => {
  const digits = counted()
  return IdGenerator.of({
    accountId: Effect.map(digits, (text) => AccountId.make(`acct_${text}`)),
    sessionId: Effect.map(digits, (text) => SessionId.make(`ses_${text}`)),
    auditEntryId: Effect.map(counted(), (text) => AuditEntryId.make(`aud_${text}`)),
    apiKeyId: Effect.map(counted(), (text) => ApiKeyId.make(`key_${text}`)),
    mailId: Effect.map(counted(), (text) => MailId.make(`mail_${text}`)),
    deviceId: Effect.map(counted(), (text) => DeviceId.make(`dev_${text}`)),
    challengeId: Effect.map(counted(), (text) => ChallengeId.make(`chl_${text}`)),
    factorId: Effect.map(counted(), (text) => FactorId.make(`fct_${text}`)),
    holderId: counted()
  })
})

const quickHasher = Argon2PasswordHasher.layer({ memoryKib: 8, timeCost: 1, parallelism: 1, concurrency: 1 }).pipe(
  Layer.provide([InstalledPasswordHashEngine.layer, SecureRandom.layerWebCrypto])
)

const apiKeySecrets = SecureApiKeySecrets.layer.pipe(Layer.provide(SecureRandom.layerWebCrypto))

const services = Mails.layer.pipe(
  Layer.provide([Stores.each, plainRenderer]),
  Layer.provideMerge(Core.layer),
  Layer.provide([
    HmacTokenSigner.layer([NEW_KEY]),
    AesGcmSecretBox.layer([OLD_KEY]),
    Layer.provide(NodeOneTimeCodes.layer, SecureRandom.layerWebCrypto),
    countedIds,
    apiKeySecrets,
    quickHasher,
    passkeyVerifier,
    blocklist
  ])
)
