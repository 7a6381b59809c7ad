/** A link opens the packets that were on the page, whole: with what the builder does not show of them, too. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packetEarlier, packetLater, removePacket } from '../../app/actions/connection.ts';
import { sendAgain } from '../../app/actions/send-again.ts';
import { sendReply } from '../../app/actions/send-reply.ts';
import { rolesOf } from '../../app/store/connection.ts';
import { readLink, writeLink } from '../../app/share/link.ts';
import { packetOf } from '../../app/store/draft.ts';
import { firstSeed } from '../support/seed.ts';
import { EXAMPLES, openPage, openScenario } from './opened-page.ts';

const ACTIONS = [sendAgain, sendReply, packetEarlier, packetLater, removePacket];

test('packets sent again, answered, moved and removed', () => {
  const seed = firstSeed();
  const app = openPage();
  fc.assert(
    fc.property(fc.nat(EXAMPLES.length - 1), fc.array(fc.nat(ACTIONS.length - 1), { minLength: 1, maxLength: 4 }), (which, presses) => {
      const { id } = EXAMPLES[which] as (typeof EXAMPLES)[number];
      openScenario(app, id);
      for (const at of presses) {
        const action = ACTIONS[at] as (typeof ACTIONS)[number];
        if (action.available(app.store.getState())) action.perform(app);
      }
      const packets = () => app.store.getState().document.packets.map((draft) => packetOf(draft).packet);
      const [before, fragment] = [packets(), writeLink(app.store.getState())];
      const link = readLink(fragment);
      openScenario(app, id, link);
      expect(packets(), fragment).toEqual(before);
      expect(link?.unknown).toEqual([]);
    }),
    { seed, numRuns: 25 },
  );
});

test('the answer of a ping sent again belongs to the same ping', () => {
  const app = openPage();
  openScenario(app, 'kube-ovn-installed/p20-join-gateway-check');
  app.select({ packet: 0 });
  sendAgain.perform(app);
  const states = () => rolesOf(app.store.getState().answer.traces).map(({ ctstate }) => ctstate);
  const before = states();
  expect(before.at(-1)).toBe('ESTABLISHED');
  openScenario(app, 'kube-ovn-installed/p20-join-gateway-check', readLink(writeLink(app.store.getState())));
  expect(states()).toEqual(before);
});

test('what is no JSON object is named, not obeyed; fields of the builder are the builder’s', () => {
  for (const text of ['5', '[1]', 'null', '{', '']) expect(readLink(`#/s/a?pkt.rest=${text}`)?.unknown).toEqual([`pkt.rest=${text}`]);
  const app = openPage();
  const name = 'kube-ovn-installed/p43-policy-forward';
  openScenario(app, name, readLink(`#/s/${name}?pkt.rest=${encodeURIComponent('{"src":"192.0.2.66","dst":"192.0.2.77","id":7}')}`));
  const [draft] = app.store.getState().document.packets;
  expect(draft && packetOf(draft).packet).toMatchObject({ src: '10.0.11.2', dst: '8.8.8.8', id: 7 });
});
