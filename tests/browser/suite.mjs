// What the dashboard promises, whatever serves it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { barriers, launch, on_page, PHONE, screenshot, scrolls_sideways } from './browser.mjs';

// A page, how to know that it is there, and the name of its picture.
export const pages = (app) => [
  ['overview', '', (p) => p.locator('.app-row').first().waitFor()],
  ['app', `app/${app}`, (p) => Promise.all([p.locator('.plot canvas').waitFor(), p.locator('.chain').first().waitFor(), p.locator('.squares').first().waitFor(), p.locator('.entry').first().waitFor()])],
  ['playground', `app/${app}/try?range=1h`, (p) => Promise.all([p.locator('.value-now').waitFor(), p.locator('.compare').waitFor()])],
  ['decisions', 'decisions?log=all', (p) => p.locator('.entry').nth(5).waitFor()],
  ['configuration', 'config', (p) => p.locator('.tree').waitFor()],
];

const REFUSED = /status of 40[13]/; // a browser logs every refused request as an error

export function suite(title, start) {
  describe(title, () => {
    let server;
    let browser;
    before(async () => {
      server = await start();
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await server?.stop();
    });
    const check = (name, where, use, options) => test(name, () => on_page(browser, server, where(server), (page) => use(page, server), options));
    pages_stand(check, title);
    overview_works(check);
    app_works(check);
    playground_works(check);
    admin_works(check);
    frame_works(check);
  });
}

function pages_stand(check, title) {
  const looks = [
    ['desktop', {}],
    ['dark', { dark: true }],
    ['phone', { viewport: PHONE }],
    ['phone-dark', { viewport: PHONE, dark: true }],
  ];
  for (const [index, [name]] of pages('').entries()) {
    for (const [look, options] of looks) {
      check(
        `${name}, ${look}: no error, no barrier, fits`,
        (server) => pages(server.app)[index][1],
        async (page, server) => {
          await pages(server.app)[index][2](page);
          assert.equal(await scrolls_sideways(page), false, 'the page scrolls sideways');
          assert.deepEqual(await barriers(page), []);
          for (const secret of server.secrets) assert.ok(!(await page.content()).includes(secret), 'a secret is on the page');
          await screenshot(page, `${title}-${name}-${look}`, !(name === 'overview' && server.apps > 100));
        },
        options,
      );
    }
  }
}

function overview_works(check) {
  check('rows change by themselves', () => '', async (page) => {
    const time = page.locator('.app-row time').first();
    await time.waitFor();
    const names = await page.locator('.cell-name a').allTextContents();
    const before = await time.getAttribute('datetime');
    await page.waitForFunction((b) => document.querySelector('.app-row time').getAttribute('datetime') !== b, before);
    assert.deepEqual(await page.locator('.cell-name a').allTextContents(), names, 'the order stays');
    await page.locator('.connection', { hasText: 'live' }).waitFor();
  });

  check('search, sort and state', () => '', async (page, server) => {
    await page.locator('.app-row').first().waitFor();
    await page.getByRole('searchbox').fill(server.app);
    await page.waitForFunction((app) => [...document.querySelectorAll('.cell-name a')].every((a) => a.textContent.includes(app)), server.app);
    await page.waitForURL(new RegExp(`search=${server.app}`));
    await page.getByRole('searchbox').fill('');
    await page.waitForFunction((n) => document.querySelectorAll('.app-row').length === n, Math.min(100, server.apps));
    await page.getByRole('button', { name: 'App', exact: true }).click();
    await page.locator('th[aria-sort=descending]').waitFor();
    await page.waitForFunction(() => {
      const names = [...document.querySelectorAll('.cell-name a')].map((a) => a.textContent);
      return names.every((n, i) => i === 0 || names[i - 1] >= n);
    });
    await page.getByRole('group', { name: 'Apps by state' }).getByRole('button', { name: /waiting/ }).click();
    await page.getByText('No app fits.').waitFor();
  });

  check('paging', () => '', async (page, server) => {
    await page.locator('.app-row').first().waitFor();
    if (server.apps <= 100) return assert.equal(await page.locator('.pager').count(), 0);
    const first = await page.locator('.cell-name a').first().textContent();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.waitForFunction((f) => document.querySelector('.cell-name a').textContent !== f, first);
    await page.getByText(`101–200 of ${server.apps.toLocaleString('en')}`).waitFor();
  });
}

function app_works(check) {
  const app = (server) => `app/${server.app}`;
  check('the chart answers to keys, explains a moment, and is a table on request', app, async (page) => {
    const plot = page.getByRole('img', { name: /Metrics, machines and targets/ });
    await page.waitForFunction(() => document.querySelector('.legend-item b')?.textContent !== '–');
    await plot.focus();
    await page.keyboard.press('End');
    await page.waitForFunction(() => /started \d/.test(document.querySelector('figcaption').textContent));
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Decision at that time' }).waitFor();
    await page.locator('.chain').first().waitFor();
    await page.getByRole('button', { name: 'Back to the last' }).click();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page.locator('.chart-table tbody tr').first().waitFor();
    assert.ok((await page.locator('.chart-table thead th').count()) >= 4);
  });

  check('ranges, zoom by dragging, and back', app, async (page) => {
    await page.waitForFunction(() => document.querySelector('.legend-item b')?.textContent !== '–');
    await page.getByRole('button', { name: '24 h', exact: true }).click();
    await page.locator('.choice button[aria-pressed=true]', { hasText: '24 h' }).waitFor();
    const box = await page.locator('.u-over').boundingBox();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 60, { steps: 4 });
    await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Back to live' }).click();
    await page.locator('.zoomed').waitFor({ state: 'detached' });
  });

  check('the log of an app: filters and explanations', app, async (page) => {
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.locator('.entry-line').first().click();
    await page.locator('.entry-body .chain').waitFor();
    await page.locator('.entry-body', { hasText: 'queue_depth' }).waitFor();
    await page.getByRole('button', { name: 'Failures', exact: true }).click();
    await page.waitForFunction(() => !document.querySelector('.entry:not(.bad)'));
  });

  check('new decisions come by themselves', (server) => `app/${server.app}?log=all`, async (page) => {
    const first = page.locator('.entry time').first();
    await first.waitFor();
    const before = await first.getAttribute('datetime');
    await page.waitForFunction((b) => document.querySelector('.entry time').getAttribute('datetime') > b, before);
  });

  check('an app that is not there', () => 'app/no-such-app', async (page) => {
    await page.getByText('No app of this name is scaled here.').waitFor();
  }, { expected: /status of 404/ });
}

function playground_works(check) {
  const place = (server) => `app/${server.app}/try?range=1h`;
  check('an expression as it is typed: value, history, mistakes', place, async (page) => {
    const editor = page.getByRole('textbox', { name: 'Expression' });
    await page.locator('.value-now b').waitFor();
    await editor.fill('40 + 2');
    await page.locator('.value-now b', { hasText: /^42$/ }).waitFor();
    await page.locator('.compare', { hasText: 'machine-hours' }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.compare tbody tr td')[1].textContent === '42');
    await editor.fill('ceil(queue_dpeth / 20)');
    await page.locator('.verdict pre', { hasText: '^' }).waitFor();
    await page.locator('.verdict', { hasText: 'queue_dpeth' }).waitFor();
    assert.equal(await editor.getAttribute('aria-invalid'), 'true');
    await page.getByRole('button', { name: "Back to the policy's" }).click();
    await page.locator('.value-now b').waitFor();
  });

  check('names are offered and inserted', place, async (page) => {
    const editor = page.getByRole('textbox', { name: 'Expression' });
    await editor.fill('');
    await page.keyboard.type('queue_');
    await page.locator('.chip.fits', { hasText: 'queue_depth' }).click();
    await page.waitForFunction(() => document.querySelector('textarea').value === 'queue_depth');
    await page.locator('.value-now b').waitFor();
  });
}

function admin_works(check) {
  const app = (server) => `app/${server.app}`;
  check('pause and resume: refused without the token and with a wrong one, done with it', app, async (page, server) => {
    for (const headers of [{}, { Authorization: 'Bearer wrong' }]) {
      const reply = await fetch(`${server.url}api/v1/apps/${server.app}/pause`, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: '{}' });
      assert.equal(reply.status, 401);
    }
    await page.getByRole('button', { name: 'Pause …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await dialog.getByText('Enter the admin token first.').waitFor();
    await dialog.getByLabel('Admin token').fill('wrong');
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await dialog.getByText('Refused: the admin token is wrong').waitFor();
    await dialog.getByLabel('Admin token').fill(server.token);
    await dialog.getByLabel('Reason').fill('browser test');
    assert.deepEqual(await barriers(page), []);
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.badge.hand', { hasText: 'paused by hand' }).waitFor();
    assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage }).length), 2, 'nothing lasting is kept');
    assert.equal(await page.evaluate(() => Object.values({ ...sessionStorage }).length), 1);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.badge.hand').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Tick now' }).click();
    await page.locator('.toast', { hasText: 'Its tick begins' }).waitFor();
  }, { expected: REFUSED });

  check('an override with an end', app, async (page, server) => {
    await page.getByRole('button', { name: 'Override …' }).click();
    const dialog = page.getByRole('dialog');
    const started = dialog.getByRole('group', { name: 'Started machines' });
    await started.getByLabel('at least').fill('5');
    await started.getByLabel('at most').fill('4');
    await dialog.getByLabel('Admin token').fill(server.token);
    await dialog.getByRole('button', { name: 'Override', exact: true }).click();
    await dialog.getByText('at least 5 is more than at most 4').waitFor();
    await started.getByLabel('at most').fill('5');
    await dialog.getByRole('button', { name: 'Override', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.badge.hand', { hasText: 'override 5 started' }).waitFor();
    await page.getByRole('button', { name: 'End override …' }).click();
    await dialog.getByRole('button', { name: 'End override', exact: true }).click();
    await page.locator('.badge.hand').waitFor({ state: 'detached' });
  });
}

function frame_works(check) {
  check('the first view is small', () => '', async (page) => {
    await page.locator('.app-row').first().waitFor();
    const sizes = await page.evaluate(() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).map((e) => [e.name.replace(/.*\//, ''), e.transferSize]));
    const total = sizes.reduce((sum, [, size]) => sum + size, 0);
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
    console.log(`first view: ${Math.round(total / 1024)} KiB in ${sizes.length} requests, first contentful paint after ${Math.round(paint)} ms`);
    assert.ok(total > 10_000 && total < 300_000, JSON.stringify(sizes));
  });

  check('colours can be chosen, and stay', () => 'config', async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole('button', { name: /Colours/ }).click();
    await page.getByRole('button', { name: /Colours.*light/ }).click();
    await page.getByRole('button', { name: /Colours.*dark/ }).waitFor();
    assert.notEqual(await ground(), light);
    await page.reload();
    await page.getByRole('button', { name: /Colours.*dark/ }).waitFor();
    assert.notEqual(await ground(), light);
  });

  check('by the keyboard alone: skip, go to an app, and back', () => '', async (page, server) => {
    await page.locator('.app-row').first().waitFor();
    await page.getByRole('link', { name: 'Skip to the content' }).focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.getByRole('searchbox').focus();
    await page.keyboard.type(server.app);
    await page.waitForURL(new RegExp(`search=${server.app}$`));
    await page.waitForFunction((app) => document.querySelector('.cell-name a')?.textContent === app, server.app);
    const link = page.getByRole('link', { name: server.app, exact: true });
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: server.app }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Apps' }).waitFor();
    assert.equal(await page.getByRole('searchbox').inputValue(), server.app);
  });
}

