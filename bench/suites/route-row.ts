/** The row that Resolve reads: one reservation, as on a fresh route, and the eight that a key may hold. */
import { limits } from '../../daemon/core/limits.js'
import { type Reservation, reservationsOf } from '../../daemon/core/reservation.js'
import { decodeRoute, encodeRoute } from '../../daemon/store/route-codec.js'
import { routeKeyBytes, writeRouteKey } from '../../daemon/store/route-key.js'
import { partyNumber, sampleBinding } from '../sample.js'
import { nothingToClose, type Suite, type Task } from '../suite.js'

const rowsPerCall = 128

export const routeRowSuite: Suite = {
  name: 'route-row',
  async prepare() {
    return { tasks: [keys(), ...codec(1), ...codec(limits.reservationsPerKey)], close: nothingToClose }
  },
}

function keys(): Task {
  const wanted = Array.from({ length: rowsPerCall }, (_, i) => ({ kind: 'EXACT', party: partyNumber(i) }) as const)
  const out = new Uint8Array(routeKeyBytes)
  return {
    name: 'route key, write',
    items: rowsPerCall,
    run: () => {
      for (let i = 0; i < rowsPerCall; i += 1) writeRouteKey(i, wanted[i]!, out)
    },
  }
}

function codec(reservations: number): Task[] {
  const rows = Array.from({ length: rowsPerCall }, (_, row) => {
    return Array.from({ length: reservations }, (_, i) => reservationOf(row * reservations + i))
  })
  // encodeRoute answers a view that its next call overwrites.
  const encoded = rows.map((row) => encodeRoute(row).slice())
  return [
    {
      name: `route row of ${reservations}, encode`,
      items: rowsPerCall,
      run: () => {
        for (const row of rows) encodeRoute(row)
      },
    },
    {
      name: `route row of ${reservations}, decode`,
      items: rowsPerCall,
      run: () => {
        for (const bytes of encoded)
          if (decodeRoute(bytes).length !== reservations) throw new Error('a row does not read back')
      },
    },
  ]
}

function reservationOf(seq: number): Reservation {
  return reservationsOf(sampleBinding(seq, seq))[0]!.reservation
}
