/**
 * Lets a child process or worker thread of a test run the sources as they are:
 * `node --import test/resolve-typescript.ts daemon/lock/x.ts`. Node strips the
 * types by itself; that `./y.js` means `./y.ts` here it must be told.
 */
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context)
    } catch (error) {
      if (!specifier.startsWith('.') || !specifier.endsWith('.js')) throw error
      return next(`${specifier.slice(0, -3)}.ts`, context)
    }
  },
})
