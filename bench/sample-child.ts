/** `node dist/bench/sample-child.js SUITE full|tiny`: measures one suite once, and prints its rows as JSON. */
import { measureSuite } from './measure.js'
import { full, tiny } from './suite.js'
import { suites } from './suites/all.js'

const [name, scale] = process.argv.slice(2)
const suite = suites.find((one) => one.name === name)
if (suite === undefined) throw new Error(`no suite ${name}`)
process.stdout.write(`${JSON.stringify(await measureSuite(suite, scale === tiny.name ? tiny : full))}\n`)
