import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['daemon/**/*.test.ts', 'bench/**/*.test.ts', 'loadtest/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['dist/**', 'node_modules/**'],
    // Two cores are the smallest machine we promise to test on; more workers than that only add noise.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
