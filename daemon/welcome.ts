/** What a newcomer sees after the ready line in dev mode: the next commands, as they are to be typed. */

export function printWelcome(addresses: { readonly grpc: string; readonly http: string }): void {
  const server = addresses.grpc === '127.0.0.1:7700' ? '' : ` --server ${addresses.grpc}`
  const xpool = `npx xpool${server}`
  process.stdout.write(`
Try it in a second terminal, in this folder:

  ${xpool} allocate --tenant demo --pool demo --mode axb --a 13800000001 --b 13900000002 --ttl 30m
  ${xpool} resolve --number NUMBER --caller 13800000001     (NUMBER as printed by allocate)
  ${xpool} release BINDING_ID                               (BINDING_ID likewise)
  ${xpool} stats

Metrics and an operator's page: http://${addresses.http}/      Ctrl-C stops the daemon.
`)
}
