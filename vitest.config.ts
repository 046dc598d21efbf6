import { randomInt } from 'node:crypto'
import { defineConfig } from 'vitest/config'

/** One seed for every random test of a run; give the printed one to run the same again. */
const seed = process.env['XPOOL_SEED'] ?? String(randomInt(2 ** 31))

export default defineConfig({
  test: {
    include: ['daemon/**/*.test.ts', 'bench/**/*.test.ts', 'loadtest/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['dist/**', 'node_modules/**'],
    env: { XPOOL_SEED: seed },
    globalSetup: ['test/print-seed.ts'],
    setupFiles: ['test/use-seed.ts'],
    // Two cores are the smallest machine we promise to test on; more workers than that only add noise.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
