/** The settings of what a password hash costs. */
import { WholeNumber } from "../../kernel/WholeNumber.ts"
import type { SettingsTable } from "../../platform/configuration/Setting.ts"
import { LEAST_COST } from "./PasswordHashEngine.ts"

export const argon2Settings = {
  IDENTITY_ARGON2_MEMORY_KIB: {
    schema: WholeNumber({ min: LEAST_COST.memoryKib, max: 4_194_304 }),
    fallback: String(LEAST_COST.memoryKib),
    description: `Memory of one password hash in KiB, never below ${LEAST_COST.memoryKib}.`
  },
  IDENTITY_ARGON2_TIME_COST: {
    schema: WholeNumber({ min: LEAST_COST.timeCost, max: 100 }),
    fallback: String(LEAST_COST.timeCost),
    description: `Passes over that memory, never below ${LEAST_COST.timeCost}.`
  },
  IDENTITY_ARGON2_PARALLELISM: {
    schema: WholeNumber({ min: LEAST_COST.parallelism, max: 64 }),
    fallback: String(LEAST_COST.parallelism),
    description: "Threads of one password hash."
  }
} satisfies SettingsTable
