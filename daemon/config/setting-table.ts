/**
 * Every setting of `xpoold`, once: its flag, its environment variable, its key
 * in the configuration file and what `--help` says of it. Reading, validation,
 * help and docs/configuration.md all follow this table.
 */

interface SettingRow {
  /** On the command line, with the two dashes. */
  readonly flag: string
  readonly env: string
  /** In the configuration file; undefined where a file cannot say it. */
  readonly key: string | undefined
  /** What stands for the value in the help; undefined: a switch, which needs none. */
  readonly placeholder: string | undefined
  /** As a person would write it. */
  readonly defaultText: string
  readonly help: string
}

const settingTable = {
  data: {
    flag: '--data',
    env: 'XPOOL_DATA',
    key: 'data',
    placeholder: 'DIR',
    defaultText: './data',
    help: 'data folder, on a local disk; one daemon holds it at a time',
  },
  listen: {
    flag: '--listen',
    env: 'XPOOL_LISTEN',
    key: 'listen',
    placeholder: 'HOST:PORT',
    defaultText: '127.0.0.1:7700',
    help: 'gRPC; port 0 takes a free one',
  },
  http: {
    flag: '--http',
    env: 'XPOOL_HTTP',
    key: 'http',
    placeholder: 'HOST:PORT',
    defaultText: '127.0.0.1:7701',
    help: 'metrics, health and the operator page; port 0 takes a free one',
  },
  shards: {
    flag: '--shards',
    env: 'XPOOL_SHARDS',
    key: 'shards',
    placeholder: 'N',
    defaultText: 'those of the data folder; a new one gets a quarter of the cores, at least 1',
    help: 'shards, 1 to 64; a larger number adds empty ones, none is ever taken away',
  },
  gateways: {
    flag: '--gateways',
    env: 'XPOOL_GATEWAYS',
    key: 'gateways',
    placeholder: 'N',
    defaultText: 'the cores that the shards of a new folder leave, but for one; at least 1',
    help: 'gateway threads, 1 to 64',
  },
  connectionAge: {
    flag: '--connection-age-ms',
    env: 'XPOOL_CONNECTION_AGE_MS',
    key: 'connection_age_ms',
    placeholder: 'MS',
    defaultText: '1800000',
    help: 'a gRPC connection is asked to go after so long, 1,000 to 86,400,000; 0 never',
  },
  connectionGrace: {
    flag: '--connection-grace-ms',
    env: 'XPOOL_CONNECTION_GRACE_MS',
    key: 'connection_grace_ms',
    placeholder: 'MS',
    defaultText: '300000',
    help: 'then its open streams have so long to end by themselves, 0 to 86,400,000',
  },
  keepalive: {
    flag: '--keepalive-ms',
    env: 'XPOOL_KEEPALIVE_MS',
    key: 'keepalive_ms',
    placeholder: 'MS',
    defaultText: '60000',
    help: 'a silent peer is pinged so often, 1,000 to 86,400,000, and dropped without an answer in 20 s',
  },
  spread: {
    flag: '--spread',
    env: 'XPOOL_SPREAD',
    key: 'spread',
    placeholder: undefined,
    defaultText: 'on',
    help: 'connections of a gateway with more than its share are asked to go, one by one',
  },
  dev: {
    flag: '--dev',
    env: 'XPOOL_DEV',
    key: 'dev',
    placeholder: undefined,
    defaultText: 'off',
    help: 'no tokens, loopback only, and a demo tenant and pool in an empty data folder',
  },
  numberRules: {
    flag: '--number-rules',
    env: 'XPOOL_NUMBER_RULES',
    key: 'number_rules',
    placeholder: 'JSON',
    defaultText: '[]',
    help: 'how numbers become canonical: [{"prefix":"86","length":13,"drop":2}, ...]; the first match counts, at most 16',
  },
  logLevel: {
    flag: '--log-level',
    env: 'XPOOL_LOG_LEVEL',
    key: 'log_level',
    placeholder: 'LEVEL',
    defaultText: 'info',
    help: 'the least that is logged: debug, info, warning or error',
  },
  config: {
    flag: '--config',
    env: 'XPOOL_CONFIG',
    key: undefined,
    placeholder: 'FILE',
    defaultText: 'none',
    help: 'a JSON file with the same settings under their keys',
  },
  tlsCert: {
    flag: '--tls-cert',
    env: 'XPOOL_TLS_CERT',
    key: 'tls_cert',
    placeholder: 'FILE',
    defaultText: 'none',
    help: 'refused: TLS is not served yet',
  },
  tlsKey: {
    flag: '--tls-key',
    env: 'XPOOL_TLS_KEY',
    key: 'tls_key',
    placeholder: 'FILE',
    defaultText: 'none',
    help: 'refused: TLS is not served yet',
  },
  tlsClientCa: {
    flag: '--tls-client-ca',
    env: 'XPOOL_TLS_CLIENT_CA',
    key: 'tls_client_ca',
    placeholder: 'FILE',
    defaultText: 'none',
    help: 'refused: TLS is not served yet',
  },
} as const satisfies Record<string, SettingRow>

export type SettingName = keyof typeof settingTable

export const settingNames = Object.keys(settingTable) as SettingName[]

export function settingRow(name: SettingName): SettingRow {
  return settingTable[name]
}
