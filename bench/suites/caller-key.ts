import { callerKeyBytes, readCallerKey, writeExactKey } from '../../daemon/core/caller-key.js'
import { partyNumber } from '../sample.js'
import { nothingToClose, type Suite } from '../suite.js'

const keysPerCall = 256

/** The 16 bytes under which every route is found. */
export const callerKeySuite: Suite = {
  name: 'caller-key',
  async prepare() {
    const parties = Array.from({ length: keysPerCall }, (_, i) => partyNumber(i))
    const bytes = new Uint8Array(keysPerCall * callerKeyBytes)
    const write = (): void => {
      for (let i = 0; i < keysPerCall; i += 1) writeExactKey(parties[i]!, bytes, i * callerKeyBytes)
    }
    const read = (): void => {
      for (let i = 0; i < keysPerCall; i += 1) {
        if (readCallerKey(bytes, i * callerKeyBytes)?.kind !== 'EXACT') throw new Error('a key does not read back')
      }
    }
    write()
    return {
      tasks: [
        { name: 'caller key, write', items: keysPerCall, run: write },
        { name: 'caller key, read', items: keysPerCall, run: read },
      ],
      close: nothingToClose,
    }
  },
}
