/** Settings for what reads the configuration in the process of a test. */
import { ConfigProvider, Layer } from "effect"
import { join } from "node:path"
import { DotEnvFile } from "../../src/platform/configuration/Sources.ts"

/** These variables are all there is: neither the environment of the tests counts nor the `.env` of a clone. */
export const onlyVariables = (variables: Readonly<Record<string, string>>) =>
  Layer.merge(
    ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)),
    Layer.succeed(DotEnvFile, join(import.meta.dirname, "none.env"))
  )
