/** A reload may come at any moment: what was on the page is there again. */

import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, lendPage } from './open-page.ts';

describe.skipIf(!chromiumPath)('a reload', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('right behind a key keeps what was typed', async () => {
    const { page, complaints } = await lendPage(browser);
    await page.goto(`${inject('address')}#/s/kube-ovn-installed/p43-policy-forward`);
    await page.getByTestId('verdict').waitFor();
    await page.waitForFunction(() => location.hash.includes('step='));
    const source = page.getByLabel('source', { exact: true });
    await source.fill('10.0.11.13');
    await page.waitForFunction(() => location.hash.includes('pkt.src=10.0.11.13'));
    // The address says it a moment later: the reload does not wait for that.
    await page.evaluate(() => {
      history.pushState = history.replaceState = () => undefined;
    });
    await source.press('End');
    await page.keyboard.type('0');
    await page.reload();
    await page.getByTestId('verdict').getByText('192.168.0.101').waitFor();
    expect(await source.inputValue()).toBe('10.0.11.130');
    await page.waitForFunction(() => location.hash.includes('pkt.src=10.0.11.130'));
    // Another address is another wish.
    await page.goto(`${inject('address')}#/s/kube-ovn-installed/p43-policy-forward?pkt.src=10.0.11.2`);
    await page.getByTestId('verdict').getByText('leaves eth0 as 10.0.11.2').waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('before the address speaks of files that were just dropped opens them; once they are left, the scenario that it names', async () => {
    const { page, complaints } = await lendPage(browser);
    const link = `${inject('address')}#/s/kube-ovn-installed/p43-policy-forward`;
    await page.goto(link);
    await page.getByTestId('verdict').waitFor();
    await page.waitForFunction(() => location.hash.includes('step='));
    const said = await page.evaluate(() => location.hash);
    const drop = () =>
      page.evaluate(() => {
        // The moment between the two lasts as long as it is looked at.
        history.pushState = history.replaceState = () => undefined;
        const data = new DataTransfer();
        data.items.add(new File(['*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'], 'mine.save', { type: 'text/plain' }));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      });
    const dropped = () => page.getByTestId('verdict').getByText('Dropped').waitFor();
    await drop();
    await dropped();
    expect(await page.evaluate(() => location.hash)).toBe(said);
    await page.reload();
    await dropped();
    await page.waitForFunction(() => location.hash.startsWith('#/own'));
    await page.reload();
    await dropped();
    // Back in the scenario they are not in its place.
    await page.goto(`${link}?step=2`);
    await page.getByTestId('verdict').getByText('Not SNATed').waitFor();
    await drop();
    await dropped();
    await page.keyboard.press('Control+z');
    await page.getByTestId('verdict').getByText('Not SNATed').waitFor();
    await page.reload();
    await page.getByTestId('verdict').getByText('Not SNATed').waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
