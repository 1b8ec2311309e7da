import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** The Chromium of ATTUNE_CHROMIUM, or else the one on the PATH; null when there is none, which is said on standard error. */
export function findChromium(): string | null {
  const candidates = [process.env['ATTUNE_CHROMIUM'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))];
  const found = candidates.find((path) => path !== '' && existsSync(path)) ?? null;
  if (found === null) process.stderr.write('SKIPPED: no Chromium found; put chromium on the PATH or name one in ATTUNE_CHROMIUM to test pages in a browser.\n');
  return found;
}

/** A headless browser that asks nobody anything. */
export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
