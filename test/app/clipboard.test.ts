/** Copying where the browser gives the page a clipboard, where it gives none (without TLS: Secure Contexts, §"Restricting powerful features"), and where it refuses. */

import { afterEach, expect, test, vi } from 'vitest';
import { copyLink } from '../../app/actions/copy-link.ts';
import { copyAddress, copyAs, copyValue } from '../../app/actions/copy-value.ts';
import { paste } from '../../app/actions/paste.ts';
import type { App } from '../../app/store/store.ts';
import { openPage, openScenario } from './opened-page.ts';

afterEach(() => void vi.unstubAllGlobals());

/** A browser's document, as far as the old way of copying needs it: the page puts the text into the `copy` event that it asks for. */
class OldWay extends EventTarget {
  copied: string | null = null;
  readonly allowed: boolean;

  constructor(allowed: boolean) {
    super();
    this.allowed = allowed;
  }

  execCommand(command: string): boolean {
    const clipboardData = new Map<string, string>();
    const event = Object.assign(new Event('copy', { cancelable: true }), { clipboardData: { setData: (type: string, text: string) => clipboardData.set(type, text) } });
    if (command === 'copy' && this.allowed) this.dispatchEvent(event);
    this.copied = clipboardData.get('text/plain') ?? null;
    return this.allowed;
  }
}

function browser({ clipboard, allowed = false }: { clipboard?: Partial<Clipboard>; allowed?: boolean }): OldWay {
  const document = new OldWay(allowed);
  vi.stubGlobal('navigator', clipboard ? { clipboard } : {});
  vi.stubGlobal('document', document);
  vi.stubGlobal('location', { href: 'http://192.0.2.1/' });
  return document;
}

const ways: readonly (readonly [string, (app: App) => void, string])[] = [
  ['a value', (app) => copyValue(app, '10.0.11.2'), 'copied-value'],
  ['a text', (app) => copyAs(app, 'a rule', 'rule'), 'copied-value'],
  ['a link that is there', (app) => copyAddress(app, 'http://192.0.2.1/#/own'), 'copied'],
  ['a link that is made', copyLink.perform, 'copied'],
];

function opened(): App {
  const app = openPage();
  openScenario(app, 'kube-ovn-installed/p43-policy-forward');
  return app;
}

const notice = (app: App): Promise<string> => vi.waitFor(() => app.store.getState().notice?.kind ?? Promise.reject(new Error('nothing is said')));

test.each(ways)('%s: into the clipboard', async (_, act, said) => {
  const writeText = vi.fn(async () => {});
  browser({ clipboard: { writeText } });
  const app = opened();
  act(app);
  expect(await notice(app)).toBe(said);
  expect(writeText).toHaveBeenCalledOnce();
});

test.each(ways)('%s, without a clipboard: the old way', async (_, act, said) => {
  const document = browser({ allowed: true });
  const app = opened();
  act(app);
  expect(await notice(app)).toBe(said);
  expect(document.copied).toMatch(/^(10\.0\.11\.2$|a rule$|http:\/\/192\.0\.2\.1\/#)/);
});

test.each(ways)('%s, without any way: that is said', async (_, act) => {
  browser({ clipboard: { writeText: () => Promise.reject(new Error('not allowed')) } });
  const [refused, none] = [opened(), opened()];
  act(refused);
  expect(await notice(refused)).toBe('copy-failed');
  browser({});
  act(none);
  expect(await notice(none)).toBe('copy-failed');
});

test('pasting without a clipboard says what does it', async () => {
  browser({});
  const app = opened();
  paste.perform(app);
  expect(await notice(app)).toBe('paste-failed');
});
