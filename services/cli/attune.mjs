#!/usr/bin/env node
// Node 20 does not read TypeScript, so tsx translates each file as it is loaded; nothing is built.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
await main(process.argv);
