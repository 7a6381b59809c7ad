/** The packet builder and the packets of a connection in a real browser. Verdicts expected here were recorded from a real kernel. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, LAPTOP, looks, PHONE } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const NAT = '#/s/kube-ovn-installed/p44-policy-nat';

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);

describe.skipIf(!chromiumPath)('the packet builder', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (link = FORWARD, options: PageOptions = {}) => openPage(browser, link, options);

  test('suggestions say what they are; one is taken by keys, or by pressing it', async () => {
    const { page, complaints } = await open();
    const source = page.getByLabel('source', { exact: true });
    await source.focus();
    await page.keyboard.press('ArrowDown');
    const option = page.getByRole('option', { name: /^10\.0\.11\.130/ });
    expect(await option.innerText()).toContain('in ovn40natpr-85a7e8967f7e-src (10.0.11.128/26)');
    expect(await violations(page)).toEqual([]);
    await option.click();
    await says(page, 'SNATed');
    await page.getByLabel('destination', { exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('listbox').count()).toBe(0);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const chosen = (await page.locator('[role=option][aria-selected=true] .mono').innerText()).trim();
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('destination', { exact: true }).inputValue()).toBe(chosen);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('packets in a file come in place of those on the page: the node stays, and Undo brings them back', async () => {
    const { page, complaints } = await open();
    const give = (text: string) =>
      page.evaluate((given) => {
        const data = new DataTransfer();
        data.items.add(new File([given], 'mine.packets.json'));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      }, text);
    await give(
      '[{"in": "ovn0", "src": "10.0.11.130", "dst": "8.8.8.8", "proto": "tcp", "dport": 443}, {"in": "ovn0", "src": "10.0.11.2", "dst": "8.8.8.8", "proto": "udp", "dport": 53}]',
    );
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    expect(await page.locator('.packet-tab').count()).toBe(2);
    await give('[{"in": "ovn0", "dst": "8.8.8.8", "proto": "tcp", "dprot": 443}]');
    await page.locator('.notice').getByText('unknown field "dprot"').waitFor();
    expect(await page.locator('.packet-tab').count()).toBe(2);
    // However many there are, their panel scrolls and not the page.
    await give(JSON.stringify(Array.from({ length: 80 }, (_, i) => ({ in: 'ovn0', src: '10.0.11.130', dst: '8.8.8.8', proto: 'tcp', sport: 5000 + i, dport: 443 }))));
    await page.locator('.packet-tab').nth(79).waitFor();
    for (const width of [1280, 768, 390, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      expect(await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]), `${width} wide`).toEqual([width, 800]);
    }
    for (let i = 0; i < 2; i++) await page.keyboard.press('Control+z');
    await says(page, 'Not SNATed: leaves eth0 as 10.0.11.2');
    expect(await page.locator('.packet-tab').count()).toBe(1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each([1440, 390])('E leads to the fields, and the arrow of the one that has the focus opens what it offers: %i wide', async (width) => {
    const { page, complaints } = await open(undefined, { width });
    await page.locator('#region-rules [aria-current=step]').waitFor();
    await page.keyboard.press('e');
    const source = page.getByLabel('source', { exact: true });
    await page.waitForFunction(() => document.activeElement?.id === 'packet-src');
    const arrow = page.locator('[data-field=src] .combobox-open');
    // Where it is pressed, whatever lies there.
    const box = await arrow.boundingBox();
    if (!box) throw new Error('no arrow');
    const press = () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.keyboard.press('Escape');
    await press();
    await page.getByRole('listbox').waitFor();
    await press();
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    await source.focus();
    await page.keyboard.press('1');
    expect(await source.inputValue()).toContain('1');
    expect(await page.evaluate(() => location.hash)).not.toContain('alt=');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each(['en-GB', 'zh-CN'])('what is wrong with a field is said within the page, however wide that is: %s', async (locale) => {
    const { page } = await open(`${FORWARD}?pkt.src=x&pkt.dst=x&pkt.sport=x&pkt.dport=99999&pkt.flags=SYN,FOO&pkt.mark=z&pkt.ttl=x&pkt.tos=x&pkt.payload=x&pkt.at=x`, { locale });
    for (const width of [720, 820, 911, 920, 1000, 1024, 1099, 1100, 1339]) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const more = page.locator('.more:not([open]) > summary');
      if (await more.count()) await more.click();
      const places = await page.locator('.failure').evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right]));
      expect(places.length).toBe(10);
      for (const [left = -1, right = Infinity] of places) expect(left >= 0 && right <= width, `${width} wide: from ${left} to ${right}`).toBe(true);
    }
    await giveBack(page);
  });

  test('typing narrows the suggestions, keeps the text, and the last verdict stays while it cannot be read', async () => {
    const { page, complaints } = await open();
    const source = page.getByLabel('source', { exact: true });
    await source.fill('10.0.11.');
    expect((await page.getByRole('listbox').getByRole('option').allInnerTexts()).every((text) => text.includes('10.0.11.'))).toBe(true);
    await page.keyboard.press('Enter');
    expect(await page.getByRole('listbox').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByText('not an address such as').waitFor();
    expect(await source.inputValue()).toBe('10.0.11.');
    expect(await page.getByTestId('verdict').innerText()).toContain('Not SNATed');
    expect(await page.getByRole('region', { name: 'Verdict' }).getAttribute('data-stale')).toBe('true');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a handshake: three packets with what became of each, and why the later ones skip nat', async () => {
    const { page, complaints } = await open(NAT);
    await page.getByRole('button', { name: 'Handshake' }).click();
    const list = page.getByRole('list', { name: 'Packets, in the order they meet the node' });
    await list.getByText('skips nat').nth(1).waitFor();
    expect((await list.getByRole('button').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/: 1 → . SNATed$/),
      expect.stringMatching(/: 2 ← . Reply, NAT undone skips nat$/),
      expect.stringMatching(/: 3 → . SNATed skips nat$/),
    ]);
    await list.getByRole('button', { name: /^Packet 3, original direction, 10\.0\.11\.130 to .*: SNATed skips nat$/ }).click();
    await page.getByText(/Packet 3 skips nat: conntrack keeps the decision made for packet 1 \(source becomes 192\.168\.0\.101/).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    expect(await list.getByRole('button').count()).toBe(1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what tells a later packet from the first is read whole in every frame', async () => {
    for (const [width, height] of [DESKTOP, LAPTOP, [1100, 768], [800, 1000]] as const) {
      const { page } = await open(NAT, { width, height });
      await page.getByRole('button', { name: 'Handshake' }).click();
      await page.locator('.packet-tab').nth(2).click();
      const said = page.getByText(/^Packet 3 skips nat: conntrack keeps the decision made for packet 1/);
      await said.waitFor();
      const cut = await said.evaluate((element) => [element.scrollWidth - element.clientWidth, element.scrollHeight - element.clientHeight]);
      expect(cut, `${width} wide`).toEqual([0, 0]);
      await giveBack(page);
    }
  });

  test('choosing a ctstate puts the packets before it that lead to it', async () => {
    const { page, complaints } = await open(NAT);
    const state = page.getByLabel('ctstate', { exact: true });
    expect(await state.inputValue()).toBe('NEW');
    await state.selectOption('ESTABLISHED');
    await page.waitForFunction(() => (document.querySelector('#packet-ctstate') as HTMLSelectElement | null)?.value === 'ESTABLISHED');
    const list = page.getByRole('list', { name: 'Packets, in the order they meet the node' });
    expect(await list.getByRole('button').count()).toBe(3);
    expect(await list.locator('[aria-current]').innerText()).toMatch(/^Packet 3/);
    // The list has the focus, and takes nothing back by itself.
    await state.focus();
    await page.keyboard.press('Control+z');
    await page.waitForFunction(
      () => document.querySelectorAll('.packet-tab').length === 0 || (document.querySelector('#packet-ctstate') as HTMLSelectElement | null)?.value === 'NEW',
    );
    await state.selectOption('ESTABLISHED');
    await page.waitForFunction(() => document.querySelectorAll('.packet-tab').length === 3);
    await state.selectOption('NEW');
    await page.waitForFunction(() => document.querySelectorAll('.packet-tab').length === 1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('order, removing, twins: all by buttons and keys', async () => {
    const { page, complaints } = await open(NAT);
    await page.getByRole('button', { name: 'Send it again' }).click();
    await page.getByLabel('dest. port', { exact: true }).fill('80');
    await page.getByRole('button', { name: 'Move packet 2 earlier' }).click();
    const list = page.getByRole('list', { name: 'Packets, in the order they meet the node' });
    expect(await list.locator('[aria-current]').innerText()).toMatch(/^Packet 1/);
    expect(await page.getByLabel('dest. port', { exact: true }).inputValue()).toBe('80');
    await page.getByRole('button', { name: 'Remove packet 1' }).click();
    expect(await list.getByRole('button').count()).toBe(1);
    await page.locator('body').press('x');
    await page.getByLabel('source', { exact: true }).fill('10.0.11.2');
    await says(page, 'Not SNATed');
    await page.getByRole('button', { name: 'A', exact: true }).click();
    await says(page, 'SNATed: leaves');
    await page.getByRole('button', { name: 'B', exact: true }).click();
    await says(page, 'Not SNATed');
    // Kept alone by keyboard, which goes on from the packet.
    await page.getByRole('button', { name: 'Keep only this twin' }).press('Enter');
    await page.locator('.packet-twins').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('packet-tab');
    await page.waitForFunction(() => !location.hash.includes('twin'));
    await says(page, 'Not SNATed');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('three packets, at both ends of the sizes, in both languages and themes: no violation, nothing over the edge', async () => {
    const complaints = await inEachLook(browser, NAT, looks(PHONE, DESKTOP), async (page, { width, locale }, look, axe) => {
      const [edit, handshake] = locale === 'en-GB' ? ['Edit', 'Handshake'] : ['编辑', '握手'];
      if (width === 390) await page.getByRole('button', { name: edit, exact: true }).click();
      await page.getByRole('button', { name: handshake }).click();
      await page.waitForFunction(() => document.querySelectorAll('.packet-skips').length === 2);
      expect(await axe(page), look).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), look).toBe(0);
      // On a phone it takes the place of the panels: nothing is pushed off the page.
      expect(await page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight), look).toBe(0);
      const over = await page.evaluate(() => {
        const box = (document.querySelector('.packet') as HTMLElement).getBoundingClientRect();
        return [...document.querySelectorAll('.packet :is(button, input, select)')]
          .filter((element) => element.getBoundingClientRect().right > box.right + 1)
          .map((element) => element.outerHTML.slice(0, 80));
      });
      expect(over, look).toEqual([]);
    });
    expect(complaints).toEqual([]);
  });

  test('on a phone more fields that are opened come into view', async () => {
    const { page } = await open(FORWARD, { width: 390, height: 844 });
    await page.locator('.packet-summary button').click();
    await page.locator('.more summary').click();
    const steps = await page.locator('.steps').boundingBox();
    await page.waitForFunction((edge) => {
      const last = [...document.querySelectorAll('.more .field')].at(-1)?.getBoundingClientRect();
      return last !== undefined && last.height > 0 && last.bottom <= edge;
    }, steps?.y ?? 0);
    await giveBack(page);
  });

  test.each(['en-GB', 'zh-CN'])('what moves a packet in its list and takes it out stands in one line, %s', async (locale) => {
    const { page } = await open(FORWARD, { locale });
    await page.locator('.packet-actions button').nth(1).click();
    const buttons = page.locator('.packet-actions button:has(svg)');
    await buttons.nth(2).waitFor();
    expect(new Set(await buttons.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top))).size).toBe(1);
    await giveBack(page);
  });
});
