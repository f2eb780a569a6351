// The dashboard alone over a made-up fleet of 2,000 apps, then the daemon's own.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { launch, on_page } from './browser.mjs';
import { start_daemon, start_mock } from './servers.mjs';
import { suite } from './suite.mjs';

suite('mock', start_mock);

async function with_mock(options, use) {
  const server = await start_mock(options);
  const browser = await launch();
  try {
    await use(browser, server);
  } finally {
    await browser.close();
    await server.stop();
  }
}

test('without an admin token the dashboard is read-only and says so', () =>
  with_mock({ token: '' }, (browser, server) =>
    on_page(browser, server, `app/${server.app}`, async (page) => {
      await page.getByText('read-only').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Pause …' }).count(), 0);
    }),
  ));

test('a lost connection shows, and heals', () =>
  with_mock({}, (browser, server) =>
    on_page(
      browser,
      server,
      '',
      async (page) => {
        await page.locator('.is-live').waitFor();
        await server.restart(() => page.locator('.is-lost').waitFor());
        await page.locator('.is-live').waitFor();
        await page.locator('.app-row').first().waitFor();
      },
      { expected: /ERR_|Failed to load/ },
    ),
  ));

if (existsSync(path.join(process.env.FAS_BUILD, 'fly-autoscaler'))) suite('daemon', start_daemon);
