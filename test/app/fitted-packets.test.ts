/** Files of another node: packets of the one before come in by its links. */

import { describe, expect, test } from 'vitest';
import { openOwn } from '../../app/actions/take-files.ts';
import { draftOf } from '../../app/store/draft.ts';
import { packetsFor } from '../../app/store/own-links.ts';
import { openPage, openScenario } from './opened-page.ts';

const PACKET = draftOf({ in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 });
const link = (name: string, ...addresses: string[]) => ({ name, addresses });
const fitted = (links: Parameters<typeof packetsFor>[0], packet = PACKET) =>
  packetsFor(links, [packet, packet])?.map(({ fields }) => `${fields.in} ${fields.src} > ${fields.dst} ${fields.dport}`) ?? null;

describe('packets for a node', () => {
  test('those that come in by a link it has stay', () => expect(fitted([link('lo'), link('ovn0')])).toBeNull());
  test('from the node itself too', () => expect(fitted([link('eth0')], { ...PACKET, fields: { ...PACKET.fields, in: '' } })).toBeNull());
  test('from a neighbour on an inner link, to where it went', () =>
    expect(fitted([link('lo', '127.0.0.1/8'), link('eth0', '192.168.0.101/24'), link('docker0', '172.17.0.1/16', 'fe80::1/64')])).toEqual(['docker0 172.17.0.2 > 8.8.8.8 443']));
  test('of one link alone: to the node', () => expect(fitted([link('eth0', '192.168.0.254/24')])).toEqual(['eth0 192.168.0.253 > 192.168.0.254 443']));
  test('in its family', () => {
    const six = draftOf({ in: 'ovn0', src: 'fd00::2', dst: '2001:db8::1', proto: 'udp', sport: 1, dport: 53 });
    expect(fitted([link('eth0', '192.168.0.101/24', 'fd00:192::1/64'), link('br0', 'fe80::1/64', 'fd00:1::1/64')], six)).toEqual(['br0 fd00:1::2 > 2001:db8::1 53']);
  });
  test('a link without an address changes nothing but the link', () => expect(fitted([link('lo'), link('wg0')])).toEqual(['wg0 10.0.11.2 > 8.8.8.8 443']));
});

test('files of another node are walked at once; one undo brings back what was there', async () => {
  const app = openPage();
  openScenario(app, 'kube-ovn-installed/p43-policy-forward');
  const before = app.store.getState().document;
  await openOwn(app, [
    { name: 'rules', text: '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n' },
    { name: 'addr', text: '1: eth0: <UP> mtu 1500 state UP\n    inet 192.0.2.1/24 scope global eth0\n2: br1: <UP> mtu 1500 state UP\n    inet 172.20.0.1/24 scope global br1\n' },
    { name: 'route', text: 'default via 192.0.2.254 dev eth0\n172.20.0.0/24 dev br1 proto kernel scope link src 172.20.0.1\n' },
  ]);
  const { answer, document, notice } = app.store.getState();
  expect(document.packets.map(({ fields }) => `${fields.in} ${fields.src}`)).toEqual(['br1 172.20.0.2']);
  expect(answer).toMatchObject({ status: 'ready', refused: null, stale: false });
  expect(answer.traces[0]?.outcome).toMatchObject({ verdict: 'dropped' });
  expect(notice).toEqual({ kind: 'fitted', detail: 'br1' });
  app.undo();
  expect(app.store.getState().document).toBe(before);
});
