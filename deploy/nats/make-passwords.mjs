// Makes the passwords of the users in access.conf: all of them in passwords.conf for the server, and ROLE.password for each process (ATTUNE_BUS_PASSWORD_FILE).
// Usage: node deploy/nats/make-passwords.mjs FOLDER     What is there already is kept.
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('Where should the passwords go? node deploy/nats/make-passwords.mjs FOLDER');
const all = join(folder, 'passwords.conf');
if (existsSync(all)) {
  console.log(`${all} is there already; remove it to have new passwords.`);
} else {
  const lines = [];
  for (const role of ['operator', 'coordinator', 'recorder', 'runner', 'judge']) {
    // A letter first: the server would read some strings of digits as numbers.
    const password = `p${randomBytes(24).toString('hex')}`;
    writeFileSync(join(folder, `${role}.password`), `${password}\n`, { mode: 0o600 });
    lines.push(`${role.toUpperCase()}_PASSWORD: "${password}"`);
  }
  writeFileSync(all, `${lines.join('\n')}\n`, { mode: 0o600 });
  console.log(`Made ${all} and a file for each role beside it.`);
}
