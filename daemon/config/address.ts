/** HOST:PORT as an operator writes it, and which hosts may be listened on. */
import { BlockList, isIP } from 'node:net'

export interface Address {
  /** Without brackets. */
  readonly host: string
  /** 0 to 65535; 0 takes a free port. */
  readonly port: number
}

const portMax = 65_535

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** undefined unless it is HOST:PORT or [IPV6]:PORT with a port from 0 to 65535. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(text)
  if (match === null) return undefined
  const [, bracketed, plain, digits] = match
  const port = Number(digits)
  if (port > portMax) return undefined
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined
  return { host: bracketed ?? plain!, port }
}

/** 127.0.0.0/8, ::1 and the name localhost. Any other name is a stranger: what it resolves to can change. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host.toLowerCase() === 'localhost'
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

export function formatAddress(address: Address): string {
  return isIP(address.host) === 6 ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}
