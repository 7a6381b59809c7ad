/**
 * A page that no driver listens to. A driver has the browser keep where each error of the page was made, also of those that
 * are made and never thrown; for that a script is read once more, which takes a slowed processor over a tenth of a second, and nobody
 * who just opens the page waits for it.
 */

import type { Browser, CDPSession } from 'playwright-core';
import { watchTasks, type Tasks } from './tasks.ts';

export interface PlainPageOptions {
  readonly width: number;
  readonly height: number;
  /** So many times slower than it is. */
  readonly slower: number;
  readonly languages: string;
}

export class PlainPage {
  readonly #browser: CDPSession;
  readonly #context: string;
  readonly #session: string;
  readonly #answers = new Map<number, { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }>();
  #asked = 0;

  private constructor(browser: CDPSession, context: string, session: string) {
    this.#browser = browser;
    this.#context = context;
    this.#session = session;
    browser.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      if (sessionId !== session) return;
      const { id, result, error } = JSON.parse(message) as { id?: number; result: never; error?: { message: string } };
      const asked = id === undefined ? undefined : this.#answers.get(id);
      if (error) asked?.reject(new Error(error.message));
      else asked?.resolve(result);
    });
  }

  /** `watch` runs in the page before anything else does. */
  static async open(browser: Browser, { width, height, slower, languages }: PlainPageOptions, watch: () => void): Promise<PlainPage> {
    const session = await browser.newBrowserCDPSession();
    const { browserContextId } = await session.send('Target.createBrowserContext');
    const { targetId } = await session.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
    const page = new PlainPage(session, browserContextId, sessionId);
    await page.#send('Page.enable');
    await page.#send('Page.addScriptToEvaluateOnNewDocument', { source: `(${watch})()` });
    await page.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await page.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-reduced-motion', value: 'reduce' }] });
    await page.#send('Emulation.setUserAgentOverride', { userAgent: (await session.send('Browser.getVersion')).userAgent, acceptLanguage: languages });
    await page.#send('Emulation.setCPUThrottlingRate', { rate: slower });
    return page;
  }

  #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#browser.send('Target.sendMessageToTarget', { sessionId: this.#session, message: JSON.stringify({ id, method, params }) }).catch(reject);
    });
  }

  async goto(address: string): Promise<void> {
    await this.#send('Page.navigate', { url: address });
  }

  /** The value of an expression, which must be JSON's. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.#send('Runtime.evaluate', { expression, returnByValue: true })) as {
      result: { value: T };
      exceptionDetails?: { text: string };
    };
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  /** What its main thread does from now on, until the result is called. */
  tasks(): Promise<() => Promise<Tasks>> {
    return watchTasks(this.#browser);
  }

  async close(): Promise<void> {
    await this.#browser.send('Target.disposeBrowserContext', { browserContextId: this.#context });
    await this.#browser.detach();
  }
}
