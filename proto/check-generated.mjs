// Regenerates the code into a temporary folder and fails when it differs from what is committed.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const work = mkdtempSync(join(tmpdir(), 'attune-generate-'));
try {
  for (const file of ['proto', 'buf.yaml', 'buf.gen.yaml', 'package.json']) cpSync(file, join(work, file), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(work, 'node_modules'));
  execFileSync('npm', ['run', '--silent', 'generate'], { cwd: work, stdio: ['ignore', 'inherit', 'inherit'] });
  execFileSync('diff', ['-r', '-q', join(work, 'services/gen'), 'services/gen'], { stdio: ['ignore', 'inherit', 'inherit'] });
  console.log('Generated code is up to date.');
} catch {
  console.error('services/gen is not what proto/ generates; run `npm run generate` and commit the result.');
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
