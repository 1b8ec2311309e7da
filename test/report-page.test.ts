import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attune, temporaryFolder } from './support/attune.ts';
import { findChromium, openBrowser } from './support/browser.ts';

const CHROMIUM = findChromium();
const WIDTHS = [380, 800, 1400];

describe.skipIf(CHROMIUM === null)('the page of a small run in a browser', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let browser: Browser;
  let file: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const run = join(folder.path, 'run');
    const done = await attune(['run', '--methods', 'vanilla,reflection,rag_vector,oracle', '--profiles', '3', '--sessions', '3', '--probes', '1', '--seed', '3', '--out', run]);
    expect(done).toMatchObject({ code: 0 });
    file = join(run, 'report/index.html');
    browser = await openBrowser(CHROMIUM!);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Opens the page and gathers whatever the browser complains of or asks of a network. */
  async function open(options: { width: number; hash?: string; javaScriptEnabled?: boolean; colorScheme?: 'light' | 'dark' }): Promise<{ page: Page; complaints: string[] }> {
    const { width, hash = '', ...rest } = options;
    const page = await browser.newPage({ viewport: { width, height: 900 }, ...rest });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(`asked for ${request.url().slice(0, 80)}`);
    });
    await page.goto(`${pathToFileURL(file).href}${hash}`);
    return { page, complaints };
  }

  const overflow = (page: Page) => page.evaluate<number>('document.scrollingElement.scrollWidth - window.innerWidth');
  const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');
  const tabNames = (page: Page) => page.locator('[role=tab]').allTextContents();

  test.each(WIDTHS)('at %i px every tab is reached by keyboard, nothing overflows, and the console stays empty', async (width) => {
    const { page, complaints } = await open({ width });
    const names = await tabNames(page);
    expect(names).toEqual(['Overview', 'Learning curves', 'Conflicts', 'Effort', 'Compliance', 'Memory', 'Costs', 'Blame', 'User vectors', 'Comparison', 'Transcripts', 'All metrics', 'Manifest']);
    await page.keyboard.press('Tab');
    for (const [index, name] of names.entries()) {
      if (index > 0) await page.keyboard.press('ArrowRight');
      expect(await focused(page)).toBe(name);
      expect(await page.locator('[role=tab][aria-selected=true]').allTextContents()).toEqual([name]);
      expect(await page.locator('[role=tabpanel]:visible > h2').allTextContents()).toEqual([name]);
      if (index > 0) expect(new URL(page.url()).hash).toBe(await page.locator('[role=tab][aria-selected=true]').getAttribute('href'));
      expect(await overflow(page), name).toBeLessThanOrEqual(0);
    }
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('Overview');
    await page.keyboard.press('End');
    expect(await focused(page)).toBe('Manifest');
    await page.keyboard.press('Home');
    expect(await focused(page)).toBe('Overview');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(WIDTHS)('at %i px every plot says what it shows and has its data one key away, also as a file', async (width) => {
    const { page, complaints } = await open({ width });
    for (const tab of await page.locator('[role=tab]').all()) {
      await tab.click();
      for (const figure of await page.locator('figure:visible').all()) {
        const title = (await figure.locator('figcaption').textContent()) ?? '';
        expect(await figure.locator('svg[role=img] > title').textContent()).toBe(title);
        expect((await figure.locator('svg > desc').textContent())?.length).toBeGreaterThan(10);
        await figure.locator('summary').focus();
        await page.keyboard.press('Enter');
        expect(await figure.locator('table:visible tbody tr').count(), title).toBeGreaterThan(0);
      }
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    const [download] = await Promise.all([page.waitForEvent('download'), page.evaluate("document.querySelector('#figure-curve-success a[download]').click()")]);
    expect(download.suggestedFilename()).toBe('curve-success.csv');
    const csv = await readFile(await download.path(), 'utf8');
    expect(csv.split('\n')[0]).toBe('method,session,value,low,high,n');
    expect(csv.trimEnd().split('\n')).toHaveLength(1 + 4 * 3);
    expect(complaints.filter((text) => !text.startsWith('asked for data:text/csv'))).toEqual([]);
    await page.close();
  });

  test('transcripts are chosen by keyboard, with verdicts beside the turns, and another method shows the same session', async () => {
    const { page, complaints } = await open({ width: 1400, hash: '#transcripts' });
    const heading = page.locator('.transcript h3');
    const [, user = ''] = (await heading.textContent())?.split(', ') ?? [];
    expect(await heading.textContent()).toBe(`vanilla, ${user}, session 0`);
    await page.locator('select[name=session]').focus();
    await page.keyboard.press('ArrowDown');
    expect(await heading.textContent()).toBe(`vanilla, ${user}, session 1`);
    await page.locator('select[name=method]').focus();
    await page.keyboard.type('rag');
    expect(await heading.textContent()).toBe(`rag_vector, ${user}, session 1`);
    await page.locator('button[name=next]').focus();
    await page.keyboard.press('Enter');
    expect(await heading.textContent()).toBe(`rag_vector, ${user}, session 2`);
    expect(await page.locator('.aside .followed').count()).toBeGreaterThan(0);
    await page.locator('.aside summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.aside pre:visible').first().textContent()).not.toBe('');
    await page.locator('select[name=filter]').focus();
    await page.keyboard.type('with a conflict probe');
    expect(await page.locator('.transcript dl').textContent()).toContain('Conflict probe');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the address opens a tab, and the tab that holds what it names', async () => {
    const { page } = await open({ width: 800, hash: '#costs' });
    expect(await page.locator('[role=tab][aria-selected=true]').textContent()).toBe('Costs');
    await page.evaluate("location.hash = '#figure-blame'");
    await page.locator('#figure-blame').waitFor({ state: 'visible' });
    expect(await page.locator('[role=tab][aria-selected=true]').textContent()).toBe('Blame');
    await page.close();
  });

  test('without JavaScript all sections stand one after another', async () => {
    const { page } = await open({ width: 800, javaScriptEnabled: false });
    expect(await page.locator('section.panel:visible').count()).toBe(13);
    await page.close();
  });

  test('in print all sections are there, and neither tabs nor controls', async () => {
    // About the width of a landscape A4 sheet between its margins.
    const { page } = await open({ width: 1030 });
    await page.emulateMedia({ media: 'print' });
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await page.locator('section.panel:visible').count()).toBe(13);
    expect(await page.locator('.tabs:visible, .chooser:visible, details.data:visible').count()).toBe(0);
    await page.close();
  });

  test('on dark paper plots are drawn in light ink', async () => {
    const ink = async (colorScheme: 'light' | 'dark') => {
      const { page } = await open({ width: 800, hash: '#costs', colorScheme });
      const color = await page.evaluate<string>("getComputedStyle(document.querySelector('#figure-tokens-by-role svg text')).fill");
      await page.close();
      return color;
    };
    expect(await ink('light')).not.toBe(await ink('dark'));
  });
});
