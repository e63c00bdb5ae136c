import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import * as SecureApiKeySecrets from "../../../src/adapters/crypto/SecureApiKeySecrets.ts"
import { apiKeySecretsContract } from "../../contracts/ApiKeySecretsContract.ts"

apiKeySecretsContract("secure", SecureApiKeySecrets.layer.pipe(Layer.provide(SecureRandom.layerWebCrypto)))
