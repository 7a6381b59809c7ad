/** What views hear of the store, and what is left of it when they are gone. */

import { expect, test } from 'vitest';
import { listen } from '../../app/views/page/listen.ts';
import { createApp } from '../../app/store/store.ts';

const EVERYTHING = { current: -1 };

test('listeners of a store share one place on it, which the last of them gives up', () => {
  const app = createApp({ run: () => 0, why: () => undefined });
  let taken = 0;
  const store = {
    ...app.store,
    subscribe: (listener: Parameters<typeof app.store.subscribe>[0]) => {
      taken++;
      const stop = app.store.subscribe(listener);
      return () => {
        taken--;
        stop();
      };
    },
  };
  let heard = 0;
  const changed = (): void => void heard++;
  const [one, other] = [listen(store, { read: EVERYTHING, changed }), listen(store, { read: EVERYTHING, changed })];
  expect(taken).toBe(1);
  app.say({ kind: 'copied', detail: '' });
  expect(heard).toBe(2);
  one();
  app.say(null);
  expect([heard, taken]).toEqual([3, 1]);
  other();
  expect(taken).toBe(0);
  // A part that is drawn again.
  const again = listen(store, { read: EVERYTHING, changed });
  app.say({ kind: 'copied', detail: '' });
  expect([heard, taken]).toEqual([4, 1]);
  again();
  expect(taken).toBe(0);
});
