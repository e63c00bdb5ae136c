import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import * as NodeOneTimeCodes from "../../../src/adapters/crypto/NodeOneTimeCodes.ts"
import { oneTimeCodesContract } from "../../contracts/OneTimeCodesContract.ts"

oneTimeCodesContract("node", Layer.provide(NodeOneTimeCodes.layer, SecureRandom.layerWebCrypto))
