/** Every property of fast-check starts from the run's seed, unless it names its own (vitest's setupFiles). */
import { configureGlobal, readConfigureGlobal } from 'fast-check'

configureGlobal({ ...readConfigureGlobal(), seed: Number(process.env['XPOOL_SEED']) })
